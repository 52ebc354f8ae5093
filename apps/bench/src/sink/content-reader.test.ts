import { expect, test } from 'vitest';
import { openContentReader } from './content-reader.ts';

const CONTENT = 'Subject: x\r\n\r\n..dot\r\nlast line\r\n';

test('content ends at the dot on a line of its own, wherever the chunks are cut', () => {
  const wire = Buffer.from(`${CONTENT}.\r\nMAIL FROM`);
  for (let first = 1; first < wire.length; first += 1) {
    for (let second = first + 1; second <= wire.length; second += 1) {
      const reader = openContentReader();
      const cuts = [wire.subarray(0, first), wire.subarray(first, second), wire.subarray(second)];
      const endAt = cuts.findIndex((chunk, index) => {
        const found = reader.take(chunk);
        if (found === undefined) return false;
        expect(found.content.toString()).toBe(CONTENT);
        const rest = Buffer.concat([found.rest, ...cuts.slice(index + 1)]);
        expect(rest.toString()).toBe('MAIL FROM');
        return true;
      });
      expect(endAt).toBeGreaterThanOrEqual(0);
    }
  }
});
