// One POST to one webhook, at an address that was checked: the name is looked up, every address is judged, and the
// connection goes to the one that passed. No redirect is followed. Source: faults 4.2 row 55, 6 (SSRF).
import { lookup, type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import type { AddressPolicy } from '@sealpost/runtime';
import type { Agent, Dispatcher } from 'undici';

type LookUp = (hostName: string) => Promise<readonly LookupAddress[]>;

export interface WebhookOptions {
  readonly refuseAddress: AddressPolicy;
  /** Connections to one webhook. */
  readonly connections: number;
  /** For the connection, and for the answer. */
  readonly timeoutMs: number;
  readonly lookUp?: LookUp;
  /** PEM, instead of the system's. */
  readonly ca?: string;
}

interface WebhookPost {
  /** Of the webhook: each has its own connections. */
  readonly key: string;
  readonly url: URL;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

type WebhookAnswer =
  | { readonly kind: 'taken' }
  /** `isFinal`: the receiver wants no more of it (410). */
  | { readonly kind: 'failed'; readonly reason: string; readonly isFinal: boolean };

export interface Webhooks {
  /** Never throws. */
  post(post: WebhookPost): Promise<WebhookAnswer>;
  /** Why nothing can be sent there, or undefined. */
  refusal(url: URL): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Of an answer; nothing of it is used. */
const MAX_ANSWER_BYTES = 64 * 1024;
// Before the deadline of the call that asks.
const LOOK_UP_MS = 1500;

/** At the first webhook: most installations have none, and it is a quarter of this service's code. */
const loadClient = () => import('undici');

export function openWebhooks(options: WebhookOptions): Webhooks {
  const lookUp = options.lookUp ?? ((hostName) => lookUpAll(hostName, { all: true }));
  const checked = (hostName: string) => checkedAddresses(hostName, lookUp, options.refuseAddress);
  const agents = new Map<string, Agent>();
  const refusal = (url: URL) => refusalOf(url, checked);
  return {
    refusal,
    post: async (post) => {
      // Addresses in the URL are not looked up by anybody.
      const refused = isLiteral(post.url) ? await refusal(post.url) : undefined;
      if (refused !== undefined) return { kind: 'failed', reason: refused, isFinal: false };
      const client = await loadClient();
      const agent = agents.get(post.key) ?? new client.Agent(agentOptions(options, checked));
      agents.set(post.key, agent);
      return send(post, agent, AbortSignal.timeout(2 * options.timeoutMs));
    },
    close: async () => {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

function agentOptions(
  options: WebhookOptions,
  checked: (hostName: string) => Promise<LookupAddress[]>,
): Agent.Options {
  return {
    connections: options.connections,
    pipelining: 1,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    maxResponseSize: MAX_ANSWER_BYTES,
    connect: {
      timeout: options.timeoutMs,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      lookup: (hostName, _, callback) => {
        checked(hostName).then(
          (addresses) => {
            callback(null, addresses);
          },
          (error: unknown) => {
            callback(error instanceof Error ? error : new Error(String(error)), []);
          },
        );
      },
    },
  };
}

const lookUpAll = promisify(lookup) as (
  hostName: string,
  options: { readonly all: true },
) => Promise<LookupAddress[]>;

class AddressRefused extends Error {}

/** All of them have to pass: a name that leads inside with one address is not trusted with the others. */
async function checkedAddresses(
  hostName: string,
  lookUp: LookUp,
  refuse: AddressPolicy,
): Promise<LookupAddress[]> {
  const family = isIP(hostName);
  const addresses = family === 0 ? await lookUp(hostName) : [{ address: hostName, family }];
  const [refused] = addresses.map(({ address }) => refuse(address)).filter((each) => each !== undefined);
  if (refused !== undefined) throw new AddressRefused(refused);
  if (addresses.length === 0) throw new AddressRefused(`${hostName} has no address`);
  return [...addresses];
}

async function refusalOf(
  url: URL,
  checked: (hostName: string) => Promise<unknown>,
): Promise<string | undefined> {
  const slow = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    slow.reject(new Error(`${url.hostname} could not be looked up in time`));
  }, LOOK_UP_MS);
  try {
    await Promise.race([checked(bareHost(url)), slow.promise]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

/** IPv6 without its brackets. */
function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function isLiteral(url: URL): boolean {
  return isIP(bareHost(url)) !== 0;
}

/** The signal ends what is never idle and never over. */
async function send(
  { url, body, headers }: WebhookPost,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<WebhookAnswer> {
  const { request, errors } = await loadClient();
  try {
    const response = await request(url, { method: 'POST', body, headers, dispatcher, signal });
    const { statusCode } = response;
    // The status is the answer, whatever becomes of the rest.
    await response.body.dump({ limit: MAX_ANSWER_BYTES, signal }).catch(() => undefined);
    if (statusCode >= 200 && statusCode < 300) return { kind: 'taken' };
    return { kind: 'failed', reason: `HTTP ${statusCode}`, isFinal: statusCode === 410 };
  } catch (error) {
    const isLate = error instanceof errors.HeadersTimeoutError || isTimeout(error);
    return { kind: 'failed', reason: isLate ? 'no answer in time' : textOf(error), isFinal: false };
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}
