// gRPC in front of configuration sets: requests are checked here once. Source: faults 4.3.
import {
  fromRequestedOptions,
  fromRequestedScheme,
  fromSetChangeRecord,
  toSetRecord,
  type ConfigurationSet,
  type DeliveryOptions,
  type Pool,
  type EventSink,
  type PolicyServiceServer,
  type SetChange,
  type SigningScheme,
} from '@sealpost/contracts';
import type { Logger } from '@sealpost/runtime';
import { status } from '@grpc/grpc-js';
import type { EventDelivery } from '../event-delivery/open-event-delivery.ts';
import { pageLimit, Refused, unary } from '../grpc-answers.ts';
import type { RecordStore } from '../record-store.ts';
import { changedSet, checkedSet, isSetName, type ChangedSet } from './set-rules.ts';

export interface SetHandlerDeps {
  readonly sets: RecordStore<ConfigurationSet>;
  readonly pools: RecordStore<Pool>;
  readonly events: Pick<EventDelivery, 'checkSink' | 'announce'>;
  readonly now: () => number;
  readonly logger: Logger;
}

type SetMethods = Pick<
  PolicyServiceServer,
  | 'createConfigurationSet'
  | 'getConfigurationSet'
  | 'updateConfigurationSet'
  | 'deleteConfigurationSet'
  | 'listConfigurationSets'
>;

export function setHandlers(deps: SetHandlerDeps): SetMethods {
  const { sets, pools, logger } = deps;
  return {
    createConfigurationSet: unary(logger, async (request) => {
      const options = checkedOptions(fromRequestedOptions(request.deliveryOptions));
      const set = setOf(
        checkedSet({
          name: checkedName(request.name),
          deliveryOptions: { tlsPolicy: 'Optional', ...options },
          isSendingPaused: request.isSendingPaused,
          hasReputationMetrics: request.hasReputationMetrics,
          lastFreshStart: 0,
          tracking: request.tracking,
          suppressedReasons: request.suppression?.suppressedReasons,
          tags: request.tags,
          eventDestinations: [],
          signingScheme: checkedScheme(fromRequestedScheme(request.signingScheme)),
          createdAt: deps.now(),
        }),
      );
      await assertPool(options, pools);
      const created = await sets.create(set);
      if (created === 'exists')
        throw new Refused(status.ALREADY_EXISTS, `Configuration set <${set.name}> already exists.`);
      if (created === 'limit') throw new Refused(status.RESOURCE_EXHAUSTED, 'Too many configuration sets.');
      return toSetRecord(set);
    }),
    getConfigurationSet: unary(logger, async ({ name }) =>
      toSetRecord(found(await sets.get(checkedName(name)), name)),
    ),
    updateConfigurationSet: unary(logger, async ({ name, change }) => {
      const requested = fromSetChangeRecord(change);
      if (requested.kind === 'invalid') throw new Refused(status.INVALID_ARGUMENT, 'Unknown change.');
      if (requested.change.kind === 'deliveryOptions') await assertPool(requested.change.value, pools);
      const sink = sinkOf(requested.change);
      const set = await changeSet(checkedName(name), requested.change, deps);
      if (sink !== undefined) void deps.events.announce(sink);
      return toSetRecord(found(set, name));
    }),
    deleteConfigurationSet: unary(logger, async ({ name }) => {
      if ((await sets.delete(checkedName(name))) === 'absent') throw absent(name);
      return {};
    }),
    listConfigurationSets: unary(logger, async ({ pageSize, afterName }) => {
      const { names, hasMore } = await sets.list(afterName, pageLimit(pageSize));
      return { names: [...names], hasMore };
    }),
  };
}

/** What is wrong with the set comes first: a destination is looked at when it could be taken. */
async function changeSet(
  name: string,
  change: SetChange,
  { sets, events, now }: SetHandlerDeps,
): Promise<ConfigurationSet | undefined> {
  const sink = sinkOf(change);
  if (sink !== undefined) {
    const stored = await sets.get(name);
    if (stored === undefined) return undefined;
    setOf(changedSet(stored, change, now()));
    const fault = await events.checkSink(sink);
    if (fault !== undefined) throw new Refused(status.INVALID_ARGUMENT, fault);
  }
  return sets.change(name, (stored) => setOf(changedSet(stored, change, now())));
}

function sinkOf(change: SetChange): EventSink | undefined {
  const isDestination = change.kind === 'newEventDestination' || change.kind === 'eventDestination';
  return isDestination ? change.value.sink : undefined;
}

function setOf(changed: ChangedSet): ConfigurationSet {
  switch (changed.kind) {
    case 'set':
      return changed.set;
    case 'invalid':
      throw new Refused(status.INVALID_ARGUMENT, changed.message);
    case 'destination-exists':
      throw new Refused(status.ALREADY_EXISTS, 'There is such an event destination.');
    case 'destination-absent':
      throw new Refused(status.FAILED_PRECONDITION, 'There is no such event destination.');
    case 'too-many-destinations':
      throw new Refused(status.RESOURCE_EXHAUSTED, 'Too many event destinations.');
  }
}

async function assertPool(
  { sendingPoolName: name = '' }: DeliveryOptions,
  pools: RecordStore<Pool>,
): Promise<void> {
  // A blank one is told by the rules of sets.
  if (name.trim() !== '' && (await pools.get(name)) === undefined)
    throw new Refused(status.INVALID_ARGUMENT, `SendingPool <${name.slice(0, 64)}> doesn't exist`);
}

function checkedName(name: string): string {
  // The name is not repeated: it may be anything.
  if (!isSetName(name)) throw new Refused(status.INVALID_ARGUMENT, 'Invalid configuration set name.');
  return name;
}

function checkedOptions(requested: ReturnType<typeof fromRequestedOptions>): DeliveryOptions {
  if (requested.kind === 'invalid') throw new Refused(status.INVALID_ARGUMENT, 'Unknown TlsPolicy.');
  return requested.options;
}

function checkedScheme(requested: ReturnType<typeof fromRequestedScheme>): SigningScheme | undefined {
  if (requested.kind === 'invalid') throw new Refused(status.INVALID_ARGUMENT, 'Unknown SigningScheme.');
  return requested.scheme;
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw absent(name);
  return value;
}

function absent(name: string): Refused {
  return new Refused(status.NOT_FOUND, `Configuration set <${name}> does not exist.`);
}
