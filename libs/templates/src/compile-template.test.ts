import { describe, expect, test } from 'vitest';
import { compileTemplate, type Rendered } from './compile-template.ts';
import { parseTemplateData } from './template-data.ts';

function rendered(text: string, json: string): Rendered {
  const parsed = parseTemplateData(json);
  const compiled = compileTemplate({ text });
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  if (compiled.kind === 'invalid') throw new Error(compiled.message);
  return compiled.template.render(parsed.data);
}

test.each([
  ['values as they are, not escaped for HTML', '{{a}} {{{a}}}', '{"a":"<b>&\'"}', "<b>&' <b>&'"],
  ['values that look like expressions are values', '{{a}}', '{"a":"{{b}}"}', '{{b}}'],
  [
    'numbers, zero, false and null',
    '{{a}},{{b}},{{c}},{{d}}',
    '{"a":1.5,"b":0,"c":false,"d":null}',
    '1.5,0,false,',
  ],
  ['numbers side by side, not their sum', '{{a}}{{b}}{{#with a}}{{this}}{{/with}}', '{"a":1,"b":2}', '121'],
  ['a number alone', '{{a}}', '{"a":1}', '1'],
  ['attributes of attributes', '{{a.b}} {{[x y]}}', '{"a":{"b":1},"x y":2}', '1 2'],
  ['conditions on what is missing', '{{#if a}}y{{else}}n{{/if}}{{#unless a}}u{{/unless}}', '{}', 'nu'],
  ['else if', '{{#if a}}a{{else if b}}b{{else}}c{{/if}}', '{"b":true}', 'b'],
  [
    'loops, with the outer attributes',
    '{{#each a}}{{@index}}{{n}}{{../b}} {{else}}none{{/each}}',
    '{"a":[{"n":"x"},{"n":"y"}],"b":"!"}',
    '0x! 1y! ',
  ],
  ['loops over nothing', '{{#each a}}x{{else}}none{{/each}}', '{"a":[]}', 'none'],
  ['long comments, as nothing', `a{{!-- ${'-'.repeat(20_000)} --}}b`, '{}', 'ab'],
  ['with and lookup', '{{#with a}}{{b}}{{/with}}{{lookup c 1}}', '{"a":{"b":1},"c":[1,2]}', '12'],
  [
    'inline partials',
    '{{#* inline "p"}}<{{n}}>{{/inline}}{{#each a}}{{> p}}{{/each}}',
    '{"a":[{"n":1},{"n":2}]}',
    '<1><2>',
  ],
  [
    'attributes named like those of every object',
    '{{__proto__}}{{constructor}}{{a.toString}}',
    '{"a":{}}',
    '',
  ],
])('renders %s', (_title, text, json, expected) => {
  const answer = rendered(text, json);
  expect(answer.kind === 'rendered' ? answer.content.text : answer).toBe(expected);
});

test('the parts of a template are rendered, and no others', () => {
  const compiled = compileTemplate({ subject: 'Hi {{n}}', html: '<p>{{n}}</p>' });
  expect(compiled.kind === 'template' && compiled.template.render({ n: 'Ann' })).toEqual({
    kind: 'rendered',
    content: { subject: 'Hi Ann', html: '<p>Ann</p>' },
  });
});

test.each([
  ['{{name}}', '{}', 'name'],
  ['{{a.b}}', '{"a":{}}', 'b'],
  ['{{a.b}}', '{}', 'b'],
  ['{{#if a.b}}x{{/if}}', '{}', 'b'],
  ['{{#each a}}{{n}}{{/each}}', '{"a":[{}]}', 'n'],
])('%s with %s names the missing attribute as SES does', (text, json, attribute) => {
  expect(rendered(text, json)).toEqual({
    kind: 'missing-attribute',
    message: `Attribute '${attribute}' is not present in the rendering data.`,
  });
});

test.each([
  [
    'a partial that is not there',
    '{{> nobody}}',
    '{}',
    "can't be rendered: The partial nobody could not be found",
  ],
  ['a partial that calls itself', '{{#* inline "p"}}{{> p}}{{/inline}}{{> p}}', '{}', "can't be rendered"],
  [
    'loops in loops',
    '{{#each a}}{{#each ../a}}{{#each ../a}}x{{/each}}{{/each}}{{/each}}',
    JSON.stringify({ a: Array.from({ length: 200 }, () => 1) }),
    'takes too long',
  ],
  ['partials that double', doubling(40), '{}', 'takes too long'],
  [
    'more than a message holds',
    '{{#each a}}{{../b}}{{/each}}',
    JSON.stringify({ a: Array.from({ length: 1000 }, () => 1), b: 'x'.repeat(200_000) }),
    'too large',
  ],
])('%s is a failure, and soon', (_title, text, json, words) => {
  expect(rendered(text, json)).toEqual({ kind: 'failed', message: expect.stringContaining(words) as string });
});

function doubling(depth: number): string {
  const partials = Array.from(
    { length: depth },
    (_each, index) =>
      `{{#* inline "p${String(index)}"}}{{> p${String(index + 1)}}}{{> p${String(index + 1)}}}{{/inline}}`,
  );
  return `${partials.join('')}{{#* inline "p${String(depth)}"}}{{/inline}}{{> p0}}`;
}

describe('a template that is none is invalid', () => {
  test.each([
    ['an expression without end', '{{a'],
    ['a block without end', '{{#if a}}'],
    ['an end without a block', '{{/if}}'],
    ['a helper that is not SES’s', '{{shout a}}'],
    ['writing to the console', '{{log "x"}}'],
    ['nesting without end', '{{#if a}}'.repeat(400) + '{{/if}}'.repeat(399)],
    ['more than 500 KB', 'x'.repeat(500 * 1024 + 1)],
    ['more expressions than can be compiled in time', '{{a}}'.repeat(501)],
    ['an expression of many arguments', `{{lookup ${'a '.repeat(200_000)}}}`],
    ['an expression of a long path', `{{a${'.b'.repeat(5000)}}}`],
    ['expressions in expressions', `{{lookup a ${'(lookup a '.repeat(2000)}1${')'.repeat(2000)}}}`],
  ])('%s', (_title, text) => {
    expect(compileTemplate({ text })).toEqual({
      kind: 'invalid',
      message: expect.stringMatching(/^Template (?:is invalid|must not)/) as string,
    });
  });
});

test.each(['', '{', '[]', '"x"', 'null', `{"a":"${'x'.repeat(262_144)}"}`])(
  'template data that is no JSON object, or too large, is invalid: %.10s',
  (json) => {
    expect(parseTemplateData(json).kind).toBe('invalid');
  },
);
