import { expect, test, vi } from 'vitest';
import { remembering } from './remembering.ts';

test('a text that comes again is not worked out again', () => {
  const lengthOf = vi.fn((text: string) => text.length);
  const remembered = remembering(lengthOf);
  expect([remembered('x.test'), remembered('x.test'), remembered('yy.test')]).toEqual([6, 6, 7]);
  expect(lengthOf).toHaveBeenCalledTimes(2);
});

test.each(['x'.repeat(321), 'ü.test', '\ud800.test'])('%j is answered, but not kept', (text) => {
  const same = vi.fn((given: string) => given);
  const remembered = remembering(same);
  expect([remembered(text), remembered(text)]).toEqual([text, text]);
  expect(same).toHaveBeenCalledTimes(2);
});

test('a flood of texts is answered and pushes out what was kept', () => {
  const same = vi.fn((given: string) => given);
  const remembered = remembering(same);
  for (let count = 0; count < 5001; count += 1) expect(remembered(`${count}.test`)).toBe(`${count}.test`);
  expect(remembered('0.test')).toBe('0.test');
  expect(same).toHaveBeenCalledTimes(5002);
});
