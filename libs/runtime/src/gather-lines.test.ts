import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { gatherLines } from './gather-lines.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function recorded() {
  const said: string[] = [];
  const lines = gatherLines({ write: (text) => said.push(text), flushSync: () => said.push('(flushed)') });
  return { said, lines };
}

test('log lines of a fifth of a second leave in one write, in their order', () => {
  const { said, lines } = recorded();
  lines.write('one\n');
  lines.write('two\n');
  vi.advanceTimersByTime(199);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(said).toEqual(['one\ntwo\n']);
  vi.advanceTimersByTime(1000);
  expect(said).toHaveLength(1);
});

test('where there are many log lines, no more than 32 KiB wait', () => {
  const { said, lines } = recorded();
  const line = 'x'.repeat(1024);
  for (let count = 0; count < 33; count += 1) lines.write(line);
  expect(said).toEqual([line.repeat(32)]);
});

test('at the end what waits is passed on before the rest is flushed', () => {
  const { said, lines } = recorded();
  lines.write('the last words\n');
  lines.flushSync();
  expect(said).toEqual(['the last words\n', '(flushed)']);
});
