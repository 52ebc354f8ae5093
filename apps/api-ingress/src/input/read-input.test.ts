import { describe, expect, test } from 'vitest';
import { parseQuery } from '../query/parse-query.ts';
import { readQueryInput } from '../query/read-query-input.ts';
import { membersOf, readRestInput } from '../rest/read-rest-input.ts';
import { choice, flag, instant, list, number, required, structure, text, type Shape } from './members.ts';

function fromQuery<S extends Shape>(shape: S, form: string) {
  return readQueryInput(shape, { parameters: parseQuery(new URLSearchParams(form)), binaries: [] });
}

function fromJson<S extends Shape>(shape: S, body: string) {
  const members = membersOf(jsonOrNothing(body));
  return readRestInput(shape, { labels: {}, query: new URLSearchParams(), members, binaries: [] });
}

function jsonOrNothing(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const pair = structure({ Name: text(), Value: text() });

describe('parameters of v1', () => {
  test('trap 19: lists and structures, and a bare empty list', () => {
    const shape = { Tags: list(pair), To: list(text()), Cc: list(text()), Text: text(), Message: pair };
    const form =
      'Tags.member.1.Name=a&Tags.member.1.Value=1&Tags.member.2.Name=b&To.member.1=x%40y&Cc=&Text=a+b%2Bc';
    expect(fromQuery(shape, form)).toEqual({
      Tags: [
        { Name: 'a', Value: '1' },
        { Name: 'b', Value: undefined },
      ],
      To: ['x@y'],
      Cc: [],
      Text: 'a b+c',
      Message: undefined,
    });
  });

  test('an empty text is none, unless it may be', () => {
    expect(fromQuery({ A: text(), B: text({ mayBeEmpty: true }) }, 'A=&B=')).toEqual({ A: undefined, B: '' });
  });

  test('a list in a list, and an empty item in its place', () => {
    const shape = { Destinations: list(structure({ To: list(text()) })) };
    expect(
      fromQuery(
        shape,
        'Destinations.member.2.To.member.2=b&Destinations.member.1=&Destinations.member.2.To.member.1=',
      ),
    ).toEqual({
      Destinations: [{ To: [] }, { To: ['', 'b'] }],
    });
  });

  test.each([
    ['Enabled=yes', 'Enabled must be true or false.'],
    ['Max=ten', 'Max must be a number.'],
    ['Max=+', 'Max must be a number.'],
    ['At=never', 'At must be a timestamp.'],
  ])('4.2 row 42: %s is refused', (form, message) => {
    expect(() => fromQuery({ Enabled: flag(), Max: number(), At: instant() }, form)).toThrow(message);
  });

  test('4.2 row 43: parameters without end, and names without end', () => {
    const many = Array.from({ length: 20_001 }, (_each, index) => `a${String(index)}=`).join('&');
    expect(() => parseQuery(new URLSearchParams(many))).toThrow('Too many parameters.');
    expect(() => parseQuery(new URLSearchParams(`${'a.'.repeat(100_000)}=`))).toThrow('Too many parameters.');
  });
});

describe('what is wrong is told in the words of SES', () => {
  test.each([
    [
      '',
      "1 validation error detected: Value null at 'message.subject' failed to satisfy constraint: Member must not be null",
    ],
    [
      '&Message.Subject=1&Policy=Always',
      "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must satisfy enum value set: [Optional, Require]",
    ],
    [
      '&Message.Subject=1&Names.member.1=x',
      "1 validation error detected: Value at 'names' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [a, b]]",
    ],
    [
      '&Message.Subject=1&Max=0',
      "1 validation error detected: Value at 'max' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      '&Message.Subject=12345&Max=11',
      "2 validation errors detected: Value at 'message.subject' failed to satisfy constraint: Member must have length less than or equal to 4; Value at 'max' failed to satisfy constraint: Member must have value less than or equal to 10",
    ],
  ])('%s', (form, message) => {
    const shape = {
      Message: required(structure({ Subject: required(text({ max: 4 })), Body: text() })),
      Policy: choice('Optional', 'Require'),
      Names: list(choice('a', 'b')),
      Max: number({ min: 1, max: 10 }),
    };
    expect(() => fromQuery(shape, `Message.Body=x${form}`)).toThrow(expect.objectContaining({ message }));
  });

  test('a required list may be empty on v2, and may not be left out', () => {
    expect(fromJson({ L: required(list(text())) }, '{"L":[]}')).toEqual({ L: [] });
    expect(() => fromJson({ L: required(list(text())) }, '{}')).toThrow("Value null at 'l'");
  });
});

describe('4.2 row 43: JSON that is not what it should be', () => {
  const shape = {
    A: text(),
    N: number(),
    F: flag(),
    L: list(text()),
    S: structure({ B: text() }),
    At: instant(),
  };

  test.each([
    ['{', 'The request body is not valid JSON.'],
    ['\ufeff{}', 'The request body is not valid JSON.'],
    ['[]', 'Start of list found where not expected'],
    [`${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'Start of list found where not expected'],
    ['1', 'NUMBER_VALUE can not be converted to an Object'],
    ['{"A":1}', 'NUMBER_VALUE can not be converted to a String'],
    ['{"A":false}', 'FALSE_VALUE can not be converted to a String'],
    ['{"A":[]}', 'Start of list found where not expected'],
    ['{"L":"x"}', 'Expected list or null'],
    ['{"L":[1]}', 'NUMBER_VALUE can not be converted to a String'],
    ['{"L":[null]}', 'NULL_VALUE found where not expected'],
    ['{"S":"x"}', 'Expected null'],
    ['{"N":1e999}', 'NUMBER_VALUE can not be converted to a Long'],
    ['{"F":1}', 'NUMBER_VALUE can not be converted to a Boolean'],
    ['{"F":null}', 'NULL_VALUE can not be converted to a Boolean'],
  ])('%.20s', (body, message) => {
    expect(() => fromJson(shape, body)).toThrow(expect.objectContaining({ code: 'serialization', message }));
  });

  test('trap 51: any text is true, and what is left out is neither', () => {
    expect(fromJson(shape, '{"F":"false"}').F).toBe(true);
    expect(fromJson(shape, '{}').F).toBeUndefined();
  });

  test('__proto__ is data, duplicates and unknown members change nothing', () => {
    const read = fromJson(
      shape,
      '{"__proto__":{"A":"x"},"S":{"__proto__":{"B":"x"}},"X":1,"N":1,"N":2,"At":1.5}',
    );
    expect(read).toEqual({ A: undefined, N: 2, F: undefined, L: [], S: { B: undefined }, At: 1500 });
    expect(({} as { A?: unknown }).A).toBeUndefined();
  });
});

test('labels and the query are read by their types, the query under its own names (trap 7)', () => {
  const shape = {
    EmailAddress: text(),
    PageSize: number(),
    Reasons: list(choice('BOUNCE', 'COMPLAINT')),
    StartDate: instant(),
  };
  const request = {
    labels: { EmailAddress: 'a+b@x.test' },
    query: new URLSearchParams('PageSize=5&Reason=BOUNCE&Reason=COMPLAINT&StartDate=2026-10-01T00:00:00Z'),
    members: {},
    binaries: [],
  };
  expect(readRestInput(shape, request, { Reasons: 'Reason' })).toEqual({
    EmailAddress: 'a+b@x.test',
    PageSize: 5,
    Reasons: ['BOUNCE', 'COMPLAINT'],
    StartDate: Date.parse('2026-10-01T00:00:00Z'),
  });
});
