import { describe, expect, test } from 'vitest';
import type { BodyReader } from './body-reader.ts';
import { FormReader } from './form-reader.ts';
import { JsonReader } from './json-reader.ts';

interface Read {
  readonly rest: string;
  /** Undefined: no base64. */
  readonly binaries: readonly (string | undefined)[];
}

function read(reader: BodyReader, pieces: Iterable<Buffer>): Read | string {
  for (const piece of pieces) reader.push(piece);
  const result = reader.finish();
  if (result.kind === 'fault') return result.fault;
  return {
    rest: Buffer.concat(result.rest).toString(),
    binaries: result.binaries.map((value) => value && Buffer.concat(value.parts).toString()),
  };
}

/** The same whatever the segmentation. */
function readAnyhow(open: () => BodyReader, text: string): Read | string {
  const bytes = Buffer.from(text);
  const whole = read(open(), [bytes]);
  const single = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
  expect(read(open(), single)).toEqual(whole);
  for (let at = 1; at < bytes.length; at += 1) {
    expect(read(open(), [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
  }
  return whole;
}

const fromJson = (text: string) => readAnyhow(() => new JsonReader(), text);
const fromForm = (text: string) => readAnyhow(() => new FormReader(), text);

describe('JSON', () => {
  test('binary members are set aside, everything else stays as it is', () => {
    const text =
      '{"Content":{"Raw":{"Data":"aGVsbG8="}},"Data":"a\\"\\\\","Raw":"x","L":[{"RawContent" : "eHk"},{"FileName":"a,{"}]}';
    expect(fromJson(text)).toEqual({
      rest: '{"Content":{"Raw":{"Data":"0"}},"Data":"a\\"\\\\","Raw":"x","L":[{"RawContent" : "1"},{"FileName":"a,{"}]}',
      binaries: ['hello', 'xy'],
    });
  });

  test('a text of a message is none, although its name is Data', () => {
    const text = '{"Simple":{"Body":{"Text":{"Data":"aGVsbG8="}}}}';
    expect(fromJson(text)).toEqual({ rest: text, binaries: [] });
  });

  test('escapes inside base64, as PHP and .NET write them', () => {
    expect(fromJson('{"RawContent":"\\/\\u002b8\\u003D\\n"}')).toMatchObject({
      binaries: [Buffer.from('/+8=', 'base64').toString()],
    });
  });

  test.each(['a', 'aGVs*G8=', 'aGVsbG8=aGVs', 'a=b', '\\u0041\\u0000AA', '\\"'])(
    '%s is no base64',
    (text) => {
      expect(fromJson(`{"RawContent":"${text}"}`)).toMatchObject({ binaries: [undefined] });
    },
  );

  test('line ends inside and padding left out are taken', () => {
    expect(fromJson('{"RawContent":"aGVs\\r\\nbG8"}')).toMatchObject({ binaries: ['hello'] });
  });

  test('4.2 row 43: depth and values without end', () => {
    expect(read(new JsonReader(), [Buffer.from('['.repeat(10_000))])).toBe('too-deep');
    expect(read(new JsonReader(), [Buffer.from(`[${'1,'.repeat(30_000)}`)])).toBe('too-many-values');
  });

  test('what is no JSON is kept for the parser to refuse', () => {
    expect(fromJson('}}]"{')).toEqual({ rest: '}}]"{', binaries: [] });
  });
});

describe('a form', () => {
  test('RawMessage.Data is set aside, everything else stays as it is', () => {
    expect(fromForm('Action=a%20b&RawMessage.Data=aGVs%62G8%3D&RawMessage.Datum=x&&Raw')).toEqual({
      rest: 'Action=a%20b&RawMessage.Data=0&RawMessage.Datum=x&&Raw',
      binaries: ['hello'],
    });
  });

  test('trap 5: a plus that was not encoded, blanks and line ends', () => {
    const value = Buffer.from('+/8=', 'base64').toString();
    expect(fromForm('RawMessage.Data=+%2F8%3D%0A')).toMatchObject({ binaries: [value] });
    expect(fromForm('RawMessage.Data=%2b%20/8')).toMatchObject({ binaries: [value] });
  });

  test.each(['%', '%2', '%zz', 'a*'])('%s is no base64', (text) => {
    expect(fromForm(`RawMessage.Data=${text}&A=`)).toEqual({
      rest: 'RawMessage.Data=0&A=',
      binaries: [undefined],
    });
  });

  test('4.2 row 43: parameters without end', () => {
    expect(read(new FormReader(), [Buffer.from('a&'.repeat(30_000))])).toBe('too-many-values');
  });
});
