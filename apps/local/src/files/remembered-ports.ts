// Ports that a start chose for itself, kept so that the next start chooses the same when they are free.
import path from 'node:path';
import { writePrivately } from '@sealpost/first-start';
import * as z from 'zod';
import { choosePort } from '../ports.ts';
import { readJson } from './data-dir.ts';

const schema = z.object({
  nats: z.number().optional(),
  redis: z.number().optional(),
  inbox: z.number().optional(),
});

export interface ChosenPorts {
  readonly nats: number;
  readonly redis: number;
  readonly inbox: number;
}

export async function choosePorts(dataDir: string): Promise<ChosenPorts> {
  const file = path.join(dataDir, 'ports.json');
  const earlier = (await readJson(file, schema)) ?? {};
  const nats = await choosePort(earlier.nats);
  const redis = await choosePort(earlier.redis);
  const inbox = await choosePort(earlier.inbox);
  await writePrivately(file, `${JSON.stringify({ nats, redis, inbox })}\n`);
  return { nats, redis, inbox };
}
