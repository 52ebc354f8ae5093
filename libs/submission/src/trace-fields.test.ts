import { readHeaderSection } from '@sealpost/mime';
import { describe, expect, test } from 'vitest';
import { isUnusable } from './trace-fields.ts';

function isReplaced(field: string): boolean {
  const section = readHeaderSection(Buffer.from(`${field}\r\n\r\n`));
  const only = section.kind === 'header-section' ? section.fields[0] : undefined;
  if (only === undefined) throw new Error('no field');
  return isUnusable(only);
}

describe('a Date of the sender', () => {
  test.each([
    'Tue, 24 Nov 2026 10:00:00 +0100',
    'Tue, 24 Nov 2026 10:00:00 +0000 (UTC)',
    '24 Nov 2026 10:00 GMT',
    'Thu,  1 Jan 1970 00:00:00 -0000',
    'Tue, 24 Nov 26 10:00:00 EST',
  ])('%s is kept', (date) => {
    expect(isReplaced(`Date: ${date}`)).toBe(false);
  });

  test.each(['soon', '1', '', '2026-11-24T10:00:00Z', 'Tue, 99 Nov 2026 10:00:00 +0100', '('])(
    '%s is replaced',
    (date) => {
      expect(isReplaced(`Date: ${date}`)).toBe(true);
    },
  );

  // What costs the square of its length does not come back from this.
  test.each(['(', ' (', '() ', 'Tue, ', ' ', '1'])('endless %j is replaced', (piece) => {
    expect(isReplaced(`Date: Tue, 24 Nov 2026 10:00:00 ${piece.repeat(40_000)}x`)).toBe(true);
  });
});
