// Identities, as the API makes and changes them. Not cached.
import {
  fromIdentityRecord,
  WireCheckStatus,
  WireIdentityKind,
  type Identity,
  type IdentityPolicy,
  type IdentityServiceClient,
  type NotificationTopic,
  type ResourceTag,
  type TagChange,
} from '@sealpost/contracts';
import { status, type ServiceError } from '@grpc/grpc-js';
import { ask, invalidOr, UNAVAILABLE, type Invalid, type Unavailable } from './ask.ts';

/** A caller's own key: base64 of DER. `own`: keys made by policy-service. */
export type IdentitySigning = { readonly selector: string; readonly privateKey: string } | 'own';

export interface IdentityChange {
  readonly dkimEnabled?: boolean;
  readonly signing?: IdentitySigning;
  /** Empty: none. */
  readonly configurationSet?: string;
  /** Starts again what has failed; an address that waits gets a new token. */
  readonly verifyAgain?: boolean;
  /** An empty domain: none. */
  readonly mailFrom?: { readonly domain: string; readonly rejectsOnFailure: boolean };
  readonly forwardingDisabled?: boolean;
  readonly topics?: Partial<Record<'bounce' | 'complaint' | 'delivery', NotificationTopic>>;
  readonly tags?: TagChange;
  /** Replaces the one of the name. */
  readonly policy?: IdentityPolicy;
  readonly removedPolicy?: string;
}

export type IdentityResult =
  | { readonly kind: 'identity'; readonly identity: Identity }
  | { readonly kind: 'unknown' }
  | Invalid
  | Unavailable;

export interface IdentityPlane {
  createIdentity(
    name: string,
    options: Pick<IdentityChange, 'signing' | 'configurationSet'> & {
      readonly tags?: readonly ResourceTag[];
    },
  ): Promise<IdentityResult | { readonly kind: 'exists' } | { readonly kind: 'limit' }>;
  getIdentity(name: string): Promise<IdentityResult>;
  /** `invalid` when the token is not the one that was mailed, or too old. */
  confirmAddress(name: string, token: string): Promise<IdentityResult>;
  updateIdentity(name: string, change: IdentityChange): Promise<IdentityResult>;
  deleteIdentity(
    name: string,
  ): Promise<{ readonly kind: 'deleted' } | { readonly kind: 'unknown' } | Unavailable>;
  listIdentities(page: {
    readonly pageSize: number;
    readonly afterName?: string;
    /** Undefined: both. */
    readonly kind?: 'address' | 'domain';
  }): Promise<
    | { readonly kind: 'page'; readonly identities: readonly Identity[]; readonly hasMore: boolean }
    | Unavailable
  >;
}

type IdentityRecord = Parameters<typeof fromIdentityRecord>[0];

/** Making three keys takes a while. */
const KEYS_DEADLINE_MS = 15_000;

export function identityPlane(client: IdentityServiceClient, changed: (name: string) => void): IdentityPlane {
  return {
    createIdentity: async (name, { signing, configurationSet, tags = [] }) => {
      const request = { name, configurationSet, signing: wireSigning(signing), tags: [...tags] };
      const answer = await ask<IdentityRecord>(
        (call) => client.createIdentity(request, ...call),
        KEYS_DEADLINE_MS,
      );
      changed(name);
      if (answer.kind === 'response') return identityOf(answer.response);
      if (answer.error.code === status.ALREADY_EXISTS) return { kind: 'exists' };
      return answer.error.code === status.RESOURCE_EXHAUSTED ? { kind: 'limit' } : failed(answer.error);
    },
    getIdentity: async (name) => {
      const answer = await ask<IdentityRecord>((call) => client.getIdentity({ name }, ...call));
      return answer.kind === 'response' ? identityOf(answer.response) : failed(answer.error);
    },
    updateIdentity: async (name, change) => {
      const request = updateRequest(name, change);
      const answer = await ask<IdentityRecord>(
        (call) => client.updateIdentity(request, ...call),
        KEYS_DEADLINE_MS,
      );
      changed(name);
      return answer.kind === 'response' ? identityOf(answer.response) : failed(answer.error);
    },
    confirmAddress: async (name, token) => {
      const answer = await ask<IdentityRecord>((call) => client.confirmAddress({ name, token }, ...call));
      changed(name);
      return answer.kind === 'response' ? identityOf(answer.response) : failed(answer.error);
    },
    deleteIdentity: async (name) => {
      const answer = await ask((call) => client.deleteIdentity({ name }, ...call));
      changed(name);
      if (answer.kind === 'response') return { kind: 'deleted' };
      return answer.error.code === status.NOT_FOUND ? { kind: 'unknown' } : UNAVAILABLE;
    },
    listIdentities: async ({ pageSize, afterName, kind }) => {
      const request = { pageSize, afterName: afterName ?? '', kind: WIRE_KIND[kind ?? 'both'] };
      const answer = await ask<{ identities: IdentityRecord[]; hasMore: boolean }>((call) =>
        client.listIdentities(request, ...call),
      );
      if (answer.kind === 'error') return UNAVAILABLE;
      const { identities, hasMore } = answer.response;
      return { kind: 'page', identities: identities.map(fromIdentityRecord), hasMore };
    },
  };
}

function updateRequest(name: string, { signing, topics, mailFrom, tags, ...change }: IdentityChange) {
  return {
    name,
    dkimEnabled: change.dkimEnabled,
    configurationSet: change.configurationSet,
    signing: wireSigning(signing),
    verifyAgain: change.verifyAgain ?? false,
    mailFrom: mailFrom && { ...mailFrom, status: WireCheckStatus.UNSPECIFIED, pendingSinceMs: 0 },
    forwardingDisabled: change.forwardingDisabled,
    bounce: topics?.bounce,
    complaint: topics?.complaint,
    delivery: topics?.delivery,
    policy: change.policy,
    removedPolicy: change.removedPolicy,
    tags: tags && { put: [...tags.put], removedKeys: [...tags.removedKeys] },
  };
}

const WIRE_KIND = {
  address: WireIdentityKind.ADDRESS,
  domain: WireIdentityKind.DOMAIN,
  both: WireIdentityKind.UNSPECIFIED,
} as const;

function wireSigning(signing: IdentitySigning | undefined) {
  if (signing === undefined) return undefined;
  return signing === 'own'
    ? ({ $case: 'ownKeys', value: true } as const)
    : ({ $case: 'externalKey', value: signing } as const);
}

function identityOf(record: IdentityRecord): IdentityResult {
  return { kind: 'identity', identity: fromIdentityRecord(record) };
}

function failed(error: ServiceError): { readonly kind: 'unknown' } | Invalid | Unavailable {
  return error.code === status.NOT_FOUND ? { kind: 'unknown' } : invalidOr(error);
}
