// How many processes of each service run side by side on this machine. A process of ours keeps one core busy.
import * as z from 'zod';

export interface Copies {
  readonly smtpIngress: number;
  readonly apiIngress: number;
  readonly mxDelivery: number;
}

/** Settings by name; policy-service has one copy, as it is asked once for many messages. */
const SERVICES: ReadonlyMap<string, keyof Copies> = new Map([
  ['smtp-ingress', 'smtpIngress'],
  ['api-ingress', 'apiIngress'],
  ['mx-delivery', 'mxDelivery'],
]);
const MOST = 64;
const EXPECTED = `expected a number from 1 to ${MOST}, or numbers by service such as smtp-ingress:2,mx-delivery:4`;

/** `2`, or `smtp-ingress:2,mx-delivery:4`: a service that is not named has one. */
export const copies = z.string().transform((text, context): Copies => {
  const read = parseCopies(text);
  if (read !== undefined) return read;
  context.addIssue(EXPECTED);
  return z.NEVER;
});

/**
 * A quarter of the cores for each of the three: engines and their neighbours need the rest. Only Linux deals out the
 * connections of a port that several processes have.
 */
export function defaultCopies(cores: number, platform: NodeJS.Platform): Copies {
  return ofEach(platform === 'linux' ? Math.max(1, Math.floor(cores / 4)) : 1);
}

function ofEach(count: number): Copies {
  return { smtpIngress: count, apiIngress: count, mxDelivery: count };
}

function parseCopies(text: string): Copies | undefined {
  const all = parseCount(text);
  if (all !== undefined) return ofEach(all);
  const entries = text.split(',').map((entry) => {
    const [name = '', count = ''] = entry.split(':', 2).map((part) => part.trim());
    return [SERVICES.get(name), parseCount(count)] as const;
  });
  const named = entries.flatMap(([service, count]) =>
    service === undefined || count === undefined ? [] : [[service, count] as const],
  );
  if (named.length !== entries.length) return undefined;
  return { ...ofEach(1), ...Object.fromEntries(named) };
}

function parseCount(text: string): number | undefined {
  const count = /^\s*\d{1,3}\s*$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= MOST ? count : undefined;
}
