import { expect, test } from 'vitest';
import { parseAddressList } from './address-list.ts';

test.each([
  ['a@x.test', ['a@x.test']],
  ['A <a@x.test>, b@y.test', ['a@x.test', 'b@y.test']],
  ['"B, C" <b@y.test>', ['b@y.test']],
  ['"quoted \\" <x@x>" <b@y.test>', ['b@y.test']],
  ['grp: c@z.test, D <d@z.test>; e@z.test', ['c@z.test', 'd@z.test', 'e@z.test']],
  ['undisclosed-recipients:;', []],
  ['a@x.test (a comment, (nested) with <x@y>)', ['a@x.test']],
  ['=?UTF-8?Q?Gr=C3=BC=C3=9Fe?= <a@x.test>', ['a@x.test']],
  ['"a b"@x.test', ['"a b"@x.test']],
  ['', []],
])('%s names %j', (value, mailboxes) => {
  expect(parseAddressList(value)).toEqual(mailboxes);
});

test.each(['"open <a@x.test>', 'A <a@x.test', 'a@x.test (open', '<<a@x.test>>'])(
  '%s is no address list',
  (value) => {
    expect(parseAddressList(value)).toBeUndefined();
  },
);

test('4.1 row 29: endless groups and comments cost no more than their length', () => {
  const started = performance.now();
  parseAddressList('a:'.repeat(200_000));
  parseAddressList('('.repeat(200_000));
  expect(performance.now() - started).toBeLessThan(2000);
});
