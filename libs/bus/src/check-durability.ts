// Whether an acknowledged record is on the disk. NATS tells clients nothing of it, only those who ask its monitoring port;
// servers before 2.10 can't sync each record at all. Source: faults Q1.
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError, type NatsDurability } from '@sealpost/runtime';
import * as z from 'zod';
import type { Log } from './log.ts';

const LAZY =
  'NATS acknowledges records before they are on the disk: a kill loses nothing, a power failure may lose accepted mail';

/** One line in the log, or ConfigError for a server that could sync each record and does not. */
export async function checkDurability(
  serverVersion: string,
  { monitorUrls, allowsLazySync }: NatsDurability,
  log: Log,
): Promise<void> {
  if (!canSyncAlways(serverVersion)) {
    log.warn({ serverVersion }, `${LAZY} (nats-server before 2.10 has no sync_interval: always)`);
    return;
  }
  if (monitorUrls === undefined) {
    log.info({ serverVersion }, 'whether NATS syncs each record is not known: NATS_MONITOR_URL is not set');
    return;
  }
  const urls = monitorUrls.split(',').map((url) => url.trim());
  const lazy: string[] = [];
  for (const url of urls) if (!(await syncsAlways(url))) lazy.push(url);
  if (lazy.length === 0) return;
  if (!allowsLazySync) {
    throw new ConfigError(
      `NATS at ${lazy.join(', ')} acknowledges records before they are on the disk: set sync_interval: always in its jetstream block, or ALLOW_LAZY_FSYNC=true here.`,
    );
  }
  log.warn({ serverVersion, servers: lazy }, LAZY);
}

function canSyncAlways(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 10);
}

const varz = z.object({
  version: z.string(),
  jetstream: z.object({ config: z.object({ sync_always: z.boolean().optional() }).optional() }).optional(),
});

async function syncsAlways(url: string): Promise<boolean> {
  const answer = URL.canParse('/varz', url) ? await ask(new URL('/varz', url)) : undefined;
  const told = varz.safeParse(answer);
  if (!told.success) throw new ConfigError(`NATS_MONITOR_URL ${url} is not the monitoring port of NATS.`);
  return told.data.jetstream?.config?.sync_always === true;
}

const TRIES = 5;
const PAUSE_MS = 1000;
const ANSWER_MS = 3000;

/** The monitoring port may come up after the other one. Undefined: what answers is not NATS. */
async function ask(url: URL): Promise<unknown> {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
      return answer.ok ? await answer.json() : undefined;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      const reason = error instanceof Error ? error.message : String(error);
      if (tries === TRIES) throw new ConfigError(`NATS_MONITOR_URL ${url.href} can't be asked: ${reason}.`);
      await delay(PAUSE_MS);
    }
  }
}
