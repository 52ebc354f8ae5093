import { expect, test } from 'vitest';
import { dotStuff } from './dot-stuff.ts';

test.each([
  ['no dots', 'a\r\nb\r\n', 'a\r\nb\r\n.\r\n'],
  ['a dot at the start of the content', '.a\r\n', '..a\r\n.\r\n'],
  ['dots at line starts', 'a\r\n.b\r\n..c\r\n.\r\nd\r\n', 'a\r\n..b\r\n...c\r\n..\r\nd\r\n.\r\n'],
  ['dots in lines', 'a.b\r\nc.\r\n', 'a.b\r\nc.\r\n.\r\n'],
  ['an open last line', 'a', 'a\r\n.\r\n'],
  ['a last line that ends in CR', 'a\r', 'a\r\r\n.\r\n'],
  ['nothing', '', '.\r\n'],
])('content with %s goes over the wire stuffed, with the end of data', (_title, content, wire) => {
  expect(Buffer.concat(dotStuff(Buffer.from(content))).toString()).toBe(wire);
});

test('content without dots at line starts is not copied', () => {
  const content = Buffer.from('a\r\nb\r\n');
  expect(dotStuff(content)[0]?.buffer).toBe(content.buffer);
});
