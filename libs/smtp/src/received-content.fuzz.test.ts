// Random bytes behind DATA, cut anywhere, against the rules in their plainest form.
import { array, assert, constantFrom, integer, oneof, property, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';
import { DotDecoder } from './dot-decoder.ts';
import { dotStuff } from './dot-stuff.ts';
import { LineCheck } from './line-check.ts';

const piece = oneof(
  { weight: 4, arbitrary: constantFrom('\r\n', '.', '\r', '\n', '\r\n.', '\r\n.\r\n', 'a', '\0', ' ') },
  {
    weight: 1,
    arbitrary: uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  },
  { weight: 1, arbitrary: constantFrom('x'.repeat(997), 'x'.repeat(998), 'x'.repeat(999)) },
);
const wires = array(piece, { maxLength: 12 }).map((pieces) => Buffer.from(pieces.join(''), 'latin1'));
// Long ones too: what is searched 64 bytes at a time must not depend on where they begin.
const sizes = array(
  oneof(integer({ min: 1, max: 9 }), integer({ min: 30, max: 140 }), integer({ min: 1000, max: 9000 })),
  { minLength: 1, maxLength: 4 },
);

interface Received {
  readonly content: string;
  readonly rest: string | undefined;
  readonly isWhole: boolean;
}

function receive(wire: Buffer, cuts: readonly number[]): Received {
  const decoder = new DotDecoder();
  const check = new LineCheck();
  let content = '';
  for (let at = 0, turn = 0; at < wire.length; turn += 1) {
    const end = Math.min(at + (cuts[turn % cuts.length] ?? 1), wire.length);
    const { content: part, rest } = decoder.push(wire.subarray(at, end));
    check.push(part);
    content += part.toString('latin1');
    if (rest !== undefined) {
      const behind = rest.toString('latin1') + wire.toString('latin1', end);
      return { content, rest: behind, isWhole: check.finish() === undefined };
    }
    at = end;
  }
  return { content, rest: undefined, isWhole: check.finish() === undefined };
}

/** RFC 5321 §4.5.2 and §2.3.8 as they are written. */
function expected(wire: Buffer): Received | undefined {
  const text = `\r\n${wire.toString('latin1')}`;
  const end = text.indexOf('\r\n.\r\n');
  if (end < 0) return undefined;
  const content = text
    .slice(0, end + 2)
    .replaceAll('\r\n.', '\r\n')
    .slice(2);
  const lines = content.split('\r\n');
  const isWhole = lines.every((line) => line.length <= 998 && !/[\r\n\0]/.test(line));
  return { content, rest: text.slice(end + 5), isWhole };
}

test('4.1 rows 19 to 21: the end of data, the dots and the faults are found wherever the wire is cut', () => {
  assert(
    property(wires, sizes, (wire, cuts) => {
      const complete = Buffer.concat([wire, Buffer.from('\r\n.\r\nQUIT\r\n')]);
      expect(receive(complete, cuts)).toEqual(expected(complete));
    }),
    { numRuns: 20_000 },
  );
}, 60_000);

test('T13: what is dot-stuffed for the wire is the same behind it', () => {
  assert(
    property(wires, sizes, (content, cuts) => {
      const stuffed = Buffer.concat([...dotStuff(content)]);
      const { content: received } = receive(stuffed, cuts);
      const endsInLine = content.length === 0 || content.subarray(-2).equals(Buffer.from('\r\n'));
      expect(received).toBe(content.toString('latin1') + (endsInLine ? '' : '\r\n'));
    }),
    { numRuns: 5000 },
  );
}, 60_000);
