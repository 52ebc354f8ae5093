// Configuration sets, as the API makes and changes them. Not cached.
import {
  fromSetRecord,
  toOptionsRecord,
  toSchemeRecord,
  toSetChangeRecord,
  type ConfigurationSet,
  type DeliveryOptions,
  type PolicyServiceClient,
  type ResourceTag,
  type SetChange,
  type SigningScheme,
  type TrackingOptions,
} from '@sealpost/contracts';
import { status } from '@grpc/grpc-js';
import { ask, invalidOr, isAbsent, UNAVAILABLE, type Invalid, type Unavailable } from './ask.ts';

export interface NewConfigurationSet {
  readonly deliveryOptions?: DeliveryOptions;
  readonly isSendingPaused?: boolean;
  readonly hasReputationMetrics?: boolean;
  readonly tracking?: TrackingOptions;
  readonly suppressedReasons?: readonly string[];
  readonly tags?: readonly ResourceTag[];
  readonly signingScheme?: SigningScheme;
}

interface Unknown {
  readonly kind: 'unknown';
}

export interface SetPlane {
  createConfigurationSet(
    name: string,
    options: NewConfigurationSet,
  ): Promise<{ readonly kind: 'created' | 'exists' | 'limit' } | Invalid | Unavailable>;
  getConfigurationSet(
    name: string,
  ): Promise<{ readonly kind: 'set'; readonly set: ConfigurationSet } | Unknown | Unavailable>;
  listConfigurationSets(page: {
    readonly pageSize: number;
    readonly afterName?: string;
  }): Promise<
    { readonly kind: 'page'; readonly names: readonly string[]; readonly hasMore: boolean } | Unavailable
  >;
  deleteConfigurationSet(name: string): Promise<{ readonly kind: 'deleted' } | Unknown | Unavailable>;
  updateConfigurationSet(
    name: string,
    change: SetChange,
  ): Promise<
    | { readonly kind: 'updated' }
    /** Of its event destinations. */
    | { readonly kind: 'destination-exists' | 'destination-absent' | 'too-many-destinations' }
    | Unknown
    | Invalid
    | Unavailable
  >;
}

type SetRecord = Parameters<typeof fromSetRecord>[0];

export function setPlane(client: PolicyServiceClient, changed: (name: string) => void): SetPlane {
  return {
    createConfigurationSet: async (name, options) => {
      const { suppressedReasons } = options;
      const request = {
        name,
        deliveryOptions: toOptionsRecord(options.deliveryOptions ?? {}),
        isSendingPaused: options.isSendingPaused ?? false,
        hasReputationMetrics: options.hasReputationMetrics ?? false,
        tracking: options.tracking,
        suppression: suppressedReasons && { suppressedReasons: [...suppressedReasons] },
        tags: [...(options.tags ?? [])],
        signingScheme: toSchemeRecord(options.signingScheme),
      };
      const answer = await ask((call) => client.createConfigurationSet(request, ...call));
      changed(name);
      if (answer.kind === 'response') return { kind: 'created' };
      if (answer.error.code === status.ALREADY_EXISTS) return { kind: 'exists' };
      return answer.error.code === status.RESOURCE_EXHAUSTED ? { kind: 'limit' } : invalidOr(answer.error);
    },
    getConfigurationSet: async (name) => {
      const answer = await ask<SetRecord>((call) => client.getConfigurationSet({ name }, ...call));
      if (answer.kind === 'response') return { kind: 'set', set: fromSetRecord(answer.response) };
      return isAbsent(answer.error) ? { kind: 'unknown' } : UNAVAILABLE;
    },
    listConfigurationSets: async ({ pageSize, afterName }) => {
      const answer = await ask<{ names: string[]; hasMore: boolean }>((call) =>
        client.listConfigurationSets({ pageSize, afterName: afterName ?? '' }, ...call),
      );
      return answer.kind === 'response' ? { kind: 'page', ...answer.response } : UNAVAILABLE;
    },
    deleteConfigurationSet: async (name) => {
      const answer = await ask((call) => client.deleteConfigurationSet({ name }, ...call));
      changed(name);
      if (answer.kind === 'response') return { kind: 'deleted' };
      return isAbsent(answer.error) ? { kind: 'unknown' } : UNAVAILABLE;
    },
    updateConfigurationSet: async (name, change) => {
      const request = { name, change: toSetChangeRecord(change) };
      const answer = await ask((call) => client.updateConfigurationSet(request, ...call));
      changed(name);
      if (answer.kind === 'response') return { kind: 'updated' };
      const kind = UPDATE_ERRORS.get(answer.error.code);
      return kind === undefined ? invalidOr(answer.error) : { kind };
    },
  };
}

const UPDATE_ERRORS: ReadonlyMap<
  status,
  'unknown' | 'destination-exists' | 'destination-absent' | 'too-many-destinations'
> = new Map([
  [status.NOT_FOUND, 'unknown'],
  [status.ALREADY_EXISTS, 'destination-exists'],
  [status.FAILED_PRECONDITION, 'destination-absent'],
  [status.RESOURCE_EXHAUSTED, 'too-many-destinations'],
]);
