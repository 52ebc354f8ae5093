// Secrets in files: made once, kept for ever.
import { readFile } from 'node:fs/promises';
import { writePrivately } from '@sealpost/first-start';

/** What the file holds, or what `make` gives, which is then kept. */
export async function keepText(file: string, make: () => string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trimEnd();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const text = make();
  await writePrivately(file, `${text}\n`);
  return text;
}
