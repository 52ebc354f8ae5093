// `npm run bench:stalls`: how long each of the largest and strangest requests holds the event loop of api-ingress, as
// the service itself measures it. Another request waits at most that long. `npm run bench:stalls -- TEXT` chooses by title.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '@sealpost/testing';
import { startSealpost } from '../systems/start-sealpost.ts';
import { measureStall, type Stall } from './measure-stall.ts';
import { STRANGE_REQUESTS } from './strange-requests.ts';

/** Others on the machine make one longer, never shorter. */
const REPETITIONS = 3;

const { PATH, HOME } = process.env;
const [wanted = ''] = process.argv.slice(2);

const folder = await mkdtemp(path.join(tmpdir(), 'sealpost-stalls-'));
try {
  await measureAll();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measureAll(): Promise<void> {
  // Nothing answers there: what is accepted waits, and delivery keeps out of the way.
  const nowhere = { port: await freePort(), dns: '', byMx: false };
  const system = await startSealpost(nowhere, { folder, pinned: [], env: { PATH, HOME } });
  const end = () => {
    void system.stop().then(() => process.exit(130));
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  try {
    for (const request of STRANGE_REQUESTS.filter(({ title }) => title.includes(wanted))) {
      const stalls: Stall[] = [];
      for (let count = 0; count < REPETITIONS; count += 1) stalls.push(await measureStall(request, system));
      process.stdout.write(formatStalls(request.title, stalls));
    }
  } finally {
    await system.stop();
  }
}

function formatStalls(title: string, stalls: readonly Stall[]): string {
  const sorted = stalls.map(({ longestMs }) => longestMs).sort((one, other) => one - other);
  const range = sorted.map((each) => each.toFixed(0).padStart(5)).join('');
  const { status, answer } = stalls.at(-1) ?? { status: 0, answer: '' };
  return `${range} ms  ${title}: ${status} ${answer}\n`;
}
