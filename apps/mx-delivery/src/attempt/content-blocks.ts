// In what pieces a content is written, so that its end can be kept back until the network has the rest.
const BLOCK_BYTES = 256 * 1024;

// So much the system takes at one go, as a rule: then a content needs one write, its end included.
const ONE_WRITE_BYTES = 64 * 1024;
const END_BYTES = 3;

/** Small parts together, large ones in pieces; of a large content the end by itself. */
export function blocksOf(parts: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const last = parts.at(-1);
  if (sizeBytes <= ONE_WRITE_BYTES || last === undefined || last.length < END_BYTES) return piecesOf(parts);
  const body = [...parts.slice(0, -1), last.subarray(0, -END_BYTES)];
  return [...piecesOf(body), [last.subarray(-END_BYTES)]];
}

function piecesOf(parts: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const blocks: Buffer[][] = [];
  let block: Buffer[] = [];
  let room = BLOCK_BYTES;
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      const piece = part.subarray(at, at + room);
      if (room === BLOCK_BYTES) blocks.push((block = []));
      block.push(piece);
      at += piece.length;
      room = room === piece.length ? BLOCK_BYTES : room - piece.length;
    }
  }
  return blocks;
}
