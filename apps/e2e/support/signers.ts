// S/MIME certificates as an operator puts them beside policy-service: files that an ARN of ACM stands for.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { testSigner, type SignerOptions } from '@sealpost/testing';
import type { System } from './system.ts';

export function arnOf(id: string): string {
  return `arn:aws:acm:us-east-1:111122223333:certificate/${id}`;
}

export async function putSigner(
  { dataDir }: Pick<System, 'dataDir'>,
  id: string,
  addresses: readonly string[],
  options?: SignerOptions,
): Promise<void> {
  const { certificatePem, keyPem } = await testSigner(addresses, options);
  const folder = path.join(dataDir, 'smime');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, `${id}.pem`), `${certificatePem}${keyPem}`);
}
