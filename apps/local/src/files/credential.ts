// The first credential, for the API and SMTP alike: the operator's, or one made once and kept.
import path from 'node:path';
import { createAccessKey, writePrivately, type AccessKey } from '@sealpost/first-start';
import * as z from 'zod';
import type { LocalConfig } from '../config.ts';
import { readJson } from './data-dir.ts';

const schema = z.object({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) });

function credentialFile(dataDir: string): string {
  return path.join(dataDir, 'credential.json');
}

/** Settings win and are not written down; otherwise what an earlier start made. */
export async function ensureCredential(
  config: Pick<LocalConfig, 'dataDir' | 'credential'>,
): Promise<AccessKey> {
  if (config.credential !== undefined) return config.credential;
  const file = credentialFile(config.dataDir);
  const kept = await readJson(file, schema);
  if (kept !== undefined) return kept;
  const made = createAccessKey();
  await writePrivately(file, `${JSON.stringify(made, null, 2)}\n`);
  return made;
}
