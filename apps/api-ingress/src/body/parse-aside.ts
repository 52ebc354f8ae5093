// Parsing of large texts off the event loop. What comes back is copied in, which for few values is quick.
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

/** A form as pairs in order, or a JSON value; `undefined` for what is no JSON. */
type Parsed<Kind> = Kind extends 'form' ? readonly (readonly [string, string])[] : unknown;

/** Below this, parsing here takes less time than asking elsewhere. */
const SMALL_BYTES = 256 * 1024;

/** The longest name of SES has 60 characters; a cut one is none either. */
function pairsOf(form: string) {
  return [...new URLSearchParams(form)].map(([name, value]) => [name.slice(0, 256), value]);
}

// In source form, so that one bundle stays one file.
const WORKER = `
const { parentPort } = require('node:worker_threads');
const pairsOf = ${pairsOf.toString()};
parentPort.on('message', ({ id, kind, blocks }) => {
  const text = Buffer.concat(blocks).toString('utf8');
  let value;
  try {
    value = kind === 'form' ? pairsOf(text) : JSON.parse(text);
  } catch {}
  parentPort.postMessage({ id, value });
});`;

interface Answer {
  readonly id: number;
  readonly value: unknown;
}

let worker: Worker | undefined;
let lastId = 0;
const waiting = new Map<number, (value: unknown) => void>();

/** Undefined for what is no JSON. The blocks are given away: they are empty afterwards. */
export async function parseAside<Kind extends 'form' | 'json'>(
  kind: Kind,
  blocks: readonly Buffer[],
): Promise<Parsed<Kind> | undefined> {
  const sizeBytes = blocks.reduce((sum, { length }) => sum + length, 0);
  if (sizeBytes <= SMALL_BYTES) return parseHere(kind, Buffer.concat(blocks)) as Parsed<Kind> | undefined;
  worker ??= startWorker();
  lastId += 1;
  const id = lastId;
  const { promise, resolve } = Promise.withResolvers<unknown>();
  waiting.set(id, resolve);
  worker.postMessage(
    { id, kind, blocks },
    blocks.map(({ buffer }) => buffer as ArrayBuffer),
  );
  const parsed = (await promise) as Parsed<Kind> | undefined;
  // To take it over has cost its time; what is done with it is another turn.
  await turn();
  return parsed;
}

function startWorker(): Worker {
  const started = new Worker(WORKER, { eval: true });
  started.unref();
  started.on('message', ({ id, value }: Answer) => {
    waiting.get(id)?.(value);
    waiting.delete(id);
  });
  return started;
}

function parseHere(kind: 'form' | 'json', bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  if (kind === 'form') return pairsOf(text);
  try {
    return JSON.parse(text);
  } catch {
    // Expected: bodies come from outside.
    return undefined;
  }
}
