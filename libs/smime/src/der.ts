// DER, written from parts that are DER themselves. Source: X.690 §8.1, §10.1 (definite lengths, in the fewest bytes).

export const SEQUENCE = 0x30;
export const SET = 0x31;
export const OCTET_STRING = 0x04;
/** [0], of something constructed. */
export const CONTEXT_0 = 0xa0;

export function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const size = content.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.of(tag, ...lengthBytes(size)), ...content]);
}

function lengthBytes(size: number): readonly number[] {
  if (size < 0x80) return [size];
  const digits: number[] = [];
  for (let left = size; left > 0; left = Math.floor(left / 256)) digits.unshift(left % 256);
  return [0x80 | digits.length, ...digits];
}
