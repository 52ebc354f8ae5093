// Memory that contents are read into and written from, used again: a buffer of its own for each large message makes V8 look
// for garbage in all of the heap every few messages, and the system find new memory for it.

const SMALLEST_BYTES = 64 * 1024;
/** Larger ones are rare, and go by themselves. */
const LARGEST_BYTES = 8 * 1024 * 1024;
const MAX_FREE_BYTES = 32 * 1024 * 1024;

/** By size, a power of two: the memory behind what is not filled is never touched. */
const free = new Map<number, ArrayBufferLike[]>();
let freeBytes = 0;
const lent = new WeakSet<ArrayBufferLike>();

/** With anything in it. */
export function borrowBuffer(sizeBytes: number): Buffer {
  if (sizeBytes > LARGEST_BYTES) return Buffer.allocUnsafeSlow(sizeBytes);
  const roomBytes = Math.max(SMALLEST_BYTES, 2 ** Math.ceil(Math.log2(sizeBytes)));
  const found = free.get(roomBytes)?.pop();
  if (found !== undefined) freeBytes -= roomBytes;
  const memory = found ?? Buffer.allocUnsafeSlow(roomBytes).buffer;
  lent.add(memory);
  return Buffer.from(memory, 0, sizeBytes);
}

/** Nobody reads it any more. Does nothing to one that was not borrowed, or was given back. */
export function giveBackBuffer({ buffer }: Buffer): void {
  const roomBytes = buffer.byteLength;
  if (!lent.delete(buffer) || freeBytes + roomBytes > MAX_FREE_BYTES) return;
  const others = free.get(roomBytes) ?? [];
  others.push(buffer);
  free.set(roomBytes, others);
  freeBytes += roomBytes;
}
