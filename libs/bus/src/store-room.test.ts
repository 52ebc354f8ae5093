import { expect, test } from 'vitest';
import { isStoreFull } from './store-room.ts';

const fill = (bytes: number, maxBytes = 100) => ({ bytes, maxBytes });

test.each([
  ['plenty of room', { accepted: fill(10), deferred: fill(10) }, false],
  ['the work queue at 90 %', { accepted: fill(90), deferred: fill(0, 1000) }, true],
  ['just below', { accepted: fill(89), deferred: fill(0, 1000) }, false],
  ['deferred mail at 90 %', { accepted: fill(0), deferred: fill(90) }, true],
  ['no room to defer all that waits', { accepted: fill(50), deferred: fill(40) }, true],
  ['the object store at 90 %', { accepted: fill(0), deferred: fill(0), content: fill(90) }, true],
  ['no limits', { accepted: fill(90, -1), deferred: fill(90, -1), content: fill(90, -1) }, false],
])('row 15: %s', (_title, fills, expected) => {
  expect(isStoreFull(fills)).toBe(expected);
});
