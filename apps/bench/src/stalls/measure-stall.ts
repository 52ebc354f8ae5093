// One request, and the longest that the event loop of the service was held meanwhile.
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { openHttpReplies } from '../load/http-replies.ts';
import { createSigner } from '../load/sign-request.ts';
import type { SystemUnderTest } from '../systems/system-under-test.ts';
import type { StrangeRequest } from './strange-requests.ts';

export interface Stall {
  /** From one turn of the event loop to the next; 10 of them are the timer's own. */
  readonly longestMs: number;
  readonly status: number;
  /** How the answer begins. */
  readonly answer: string;
}

const ANSWER_LENGTH = 100;
/** The timer that measures has had its turns: from the first on after it was asked, and one after the answer. */
const TIMER_MS = 50;

export async function measureStall(
  { path, body }: StrangeRequest,
  { api }: Pick<SystemUnderTest, 'api'>,
): Promise<Stall> {
  if (api === undefined) throw new Error('a system without an API');
  const host = `${api.host}:${api.port}`;
  const contentType = path === '/' ? 'application/x-www-form-urlencoded' : 'application/json';
  const sign = createSigner(api.user, api.password, 'us-east-1');
  const bytes = Buffer.from(sign({ host, path, contentType, body: body() }, new Date()));
  const socket = connect({ host: api.host, port: api.port, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    // What was measured before is forgotten by this.
    await longestStallMs(api.metricsUrl);
    await delay(TIMER_MS);
    const reply = openHttpReplies(socket).next();
    socket.write(bytes);
    const { status, body: answer } = await reply.catch((error: unknown) => ({
      status: 0,
      body: String(error),
    }));
    await delay(TIMER_MS);
    return {
      longestMs: await longestStallMs(api.metricsUrl),
      status,
      answer: answer.slice(0, ANSWER_LENGTH).replace(/\s+/g, ' '),
    };
  } finally {
    socket.destroy();
  }
}

/** Since it was asked for last. */
async function longestStallMs(url: string): Promise<number> {
  const response = await fetch(url);
  const seconds = /^nodejs_eventloop_lag_max_seconds\S* (\S+)$/m.exec(await response.text())?.[1];
  if (seconds === undefined) throw new Error(`no measure of the event loop at ${url}`);
  return Number(seconds) * 1000;
}
