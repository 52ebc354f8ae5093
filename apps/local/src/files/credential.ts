// The first credential, for the API and SMTP alike: the operator's, or one made once and kept.
import { randomBytes, randomInt } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import type { LocalConfig } from '../config.ts';
import { readJson, writePrivately } from './data-dir.ts';

export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const schema = z.object({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) });

function credentialFile(dataDir: string): string {
  return path.join(dataDir, 'credential.json');
}

/** Settings win and are not written down; otherwise what an earlier start made. */
export async function ensureCredential(
  config: Pick<LocalConfig, 'dataDir' | 'credential'>,
): Promise<Credential> {
  if (config.credential !== undefined) return config.credential;
  const file = credentialFile(config.dataDir);
  const kept = await readJson(file, schema);
  if (kept !== undefined) return kept;
  const made = createCredential();
  await writePrivately(file, `${JSON.stringify(made, null, 2)}\n`);
  return made;
}

const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** In AWS's form, which its clients check: `AKIA` and 16 of A–Z 2–7; 40 characters of base64. */
function createCredential(): Credential {
  const id = Array.from({ length: 16 }, () => ID_ALPHABET[randomInt(ID_ALPHABET.length)]).join('');
  return { accessKeyId: `AKIA${id}`, secretAccessKey: randomBytes(30).toString('base64') };
}
