// What is measured. The letters are those of the project's targets (docs/performance.md).
export type LoadKind = 'smtp' | 'api-v1' | 'api-v2';

/** `slow`: takes 2 s for each message; `dead`: takes connections and says nothing. */
export type Neighbour = 'quick' | 'slow' | 'dead';

export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly load: LoadKind;
  /** Measured messages of one repetition. */
  readonly messages: number;
  /** Before the first repetition: caches, code paths, connections. */
  readonly warmUpMessages: number;
  readonly repetitions: number;
  readonly bodyBytes: number;
  readonly connections: number;
  readonly messagesPerConnection: number;
  /** Unset: as fast as it goes. */
  readonly messagesPerSecond?: number;
  /** Recipient domains, found by MX; unset: one, over a smarthost. */
  readonly domains?: number;
  /** Each message is preceded by one to this destination, which is not measured. */
  readonly neighbour?: Neighbour;
  /** The receiver defers everything until all of it was tried once. */
  readonly defersFirst?: boolean;
  /** Nothing is delivered until all is accepted, and what the services hold meanwhile is looked at. See measure-queue.ts. */
  readonly queue?: 'waiting' | 'deferred';
  /** Measured only when it is asked for. */
  readonly isExtra?: boolean;
  /** Also measured with the peer. */
  readonly hasPeer?: boolean;
}

const KIB = 1024;
const common = {
  load: 'smtp',
  messages: 5000,
  warmUpMessages: 500,
  repetitions: 1,
  bodyBytes: 10 * KIB,
  connections: 20,
  messagesPerConnection: 50,
} as const;

const queue = {
  ...common,
  messages: 100_000,
  // Enough for heaps of the size that work gives them.
  warmUpMessages: 10_000,
  bodyBytes: KIB,
  isExtra: true,
} as const;

const quick = { ...common, messages: 2000, messagesPerSecond: 100, domains: 1, isExtra: true };

export const SCENARIOS: readonly Scenario[] = [
  {
    ...common,
    id: 'B',
    title: 'submission over STARTTLS with AUTH, 10 KB, 20 connections of 50 messages; STARTTLS out',
    warmUpMessages: 1000,
    repetitions: 3,
    hasPeer: true,
  },
  {
    ...common,
    id: 'C',
    title: 'as B, one message per connection',
    messages: 2000,
    messagesPerConnection: 1,
    hasPeer: true,
  },
  { ...common, id: 'D', title: 'as B, 1 MB', messages: 200, warmUpMessages: 20, bodyBytes: KIB * KIB },
  {
    ...common,
    id: 'E',
    title: 'as B, every message deferred once (451), then accepted; retry after 5 s',
    messages: 10_000,
    defersFirst: true,
  },
  {
    ...common,
    id: 'F',
    title: 'as B, 2,000 recipient domains on one MX host',
    messages: 4000,
    domains: 2000,
  },
  {
    ...common,
    id: 'L',
    title: 'as B, at 100 messages a second',
    messages: 1500,
    messagesPerSecond: 100,
  },
  { ...quick, id: 'S1', title: 'a quick destination, found by MX, at 100 messages a second, alone' },
  {
    ...quick,
    id: 'S2',
    title: 'as S1, with as many messages to another quick destination',
    neighbour: 'quick',
  },
  {
    ...quick,
    id: 'S3',
    title: 'as S1, with as many messages to a destination that takes 2 s for each',
    neighbour: 'slow',
  },
  {
    ...quick,
    id: 'S4',
    title: 'as S1, with as many messages to a destination that takes connections and says nothing',
    neighbour: 'dead',
  },
  {
    ...common,
    id: 'V1',
    title: 'SendRawEmail (API v1), 10 KB, 20 connections',
    load: 'api-v1',
    messages: 3000,
  },
  { ...common, id: 'V2', title: 'SendEmail (API v2), 10 KB, 20 connections', load: 'api-v2', messages: 3000 },
  {
    ...queue,
    id: 'Q1',
    title: '100,000 messages of 1 KB that wait for their first attempt: mx-delivery is stopped; then drained',
    queue: 'waiting',
  },
  {
    ...queue,
    id: 'Q2',
    title: '100,000 messages of 1 KB that the receiver defers, retry after 3 minutes; then drained',
    queue: 'deferred',
  },
];

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  API: ['V1', 'V2'],
  S: ['S1', 'S2', 'S3', 'S4'],
  Q: ['Q1', 'Q2'],
};

/** In the order of the table; undefined when one of the names is none. `API` is both versions, `S` and `Q` all that begin with it. */
export function chooseScenarios(names: readonly string[]): readonly Scenario[] | undefined {
  if (names.length === 0) return SCENARIOS.filter(({ isExtra }) => isExtra !== true);
  const wanted = names.map((name) => name.toUpperCase()).flatMap((name) => GROUPS[name] ?? [name]);
  if (wanted.some((id) => !SCENARIOS.some((scenario) => scenario.id === id))) return undefined;
  return SCENARIOS.filter(({ id }) => wanted.includes(id));
}
