import { rename, writeFile } from 'node:fs/promises';

/** Whole or not at all, for its owner only. */
export async function writePrivately(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, file);
}
