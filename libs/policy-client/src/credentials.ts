// Credentials: made and changed by an operator, asked for by the ingresses. What is derived from a secret is cached
// until the store tells of a change, so that a key that is disabled or deleted stops working at once.
import { createSecretKey, type KeyObject } from 'node:crypto';
import {
  fromCredentialRecord,
  fromWireScope,
  toWireScope,
  type Credential,
  type CredentialScope,
  type CredentialServiceClient,
} from '@sealpost/contracts';
import { status } from '@grpc/grpc-js';
import { ask, invalidOr, UNAVAILABLE, type Call, type Invalid, type Unavailable } from './ask.ts';
import { openExpiringCache, type CacheClock } from './expiring-cache.ts';

export interface SigningKeyScope {
  readonly accessKeyId: string;
  /** YYYYMMDD. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export interface CreatedCredential {
  readonly credential: Credential;
  /** Not to be had again. */
  readonly secretAccessKey: string;
}

/** `unknown`: there is no such key, or it is disabled. */
export type SecretAnswer<Name extends string, Value> =
  | ({ readonly kind: Name; readonly scope: CredentialScope } & Readonly<Record<Name, Value>>)
  | { readonly kind: 'unknown' }
  | Unavailable;

export interface CredentialPlane {
  smtpPassword(accessKeyId: string, region: string): Promise<SecretAnswer<'password', string>>;
  signingKey(scope: SigningKeyScope): Promise<SecretAnswer<'key', KeyObject>>;
  createCredential(facts: {
    readonly scope: Exclude<CredentialScope, 'none'>;
    readonly description: string;
  }): Promise<
    ({ readonly kind: 'created' } & CreatedCredential) | { readonly kind: 'limit' } | Invalid | Unavailable
  >;
  listCredentials(page: { readonly pageSize: number; readonly afterId?: string }): Promise<
    | {
        readonly kind: 'page';
        readonly credentials: readonly Credential[];
        readonly hasMore: boolean;
      }
    | Unavailable
  >;
  setCredentialEnabled(
    accessKeyId: string,
    isEnabled: boolean,
  ): Promise<
    | { readonly kind: 'credential'; readonly credential: Credential }
    | { readonly kind: 'unknown' }
    | Unavailable
  >;
  deleteCredential(
    accessKeyId: string,
  ): Promise<{ readonly kind: 'deleted' } | { readonly kind: 'unknown' } | Unavailable>;
}

type CredentialRecord = Parameters<typeof fromCredentialRecord>[0];

const KEEP_MS = 60_000;
const KEEP_UNKNOWN_MS = 2000;
const MAX_ENTRIES = 10_000;

export function openCredentialPlane(
  client: CredentialServiceClient,
  clock: CacheClock,
): { readonly plane: CredentialPlane; readonly forget: (accessKeyId: string) => void } {
  const passwords = openSecretCache<string>(clock);
  // As the object that signatures are computed with: made anew for each it costs more than they.
  const signingKeys = openSecretCache<KeyObject>(clock);
  const forget = (accessKeyId: string) => {
    passwords.forgetAll(`${accessKeyId} `);
    signingKeys.forgetAll(`${accessKeyId} `);
  };
  const plane: CredentialPlane = {
    smtpPassword: async (accessKeyId, region) => {
      const secret = await passwords.get(`${accessKeyId} ${region}`, () =>
        askSecret<{ password: string; scope: WireScope }, string>(
          (call) => client.getSmtpPassword({ accessKeyId, region }, ...call),
          ({ password }) => (isSecret(password) ? password : undefined),
        ),
      );
      if (secret.kind !== 'secret') return secret;
      return { kind: 'password', password: secret.value, scope: secret.scope };
    },
    signingKey: async (scope) => {
      const key = `${scope.accessKeyId} ${scope.date} ${scope.region} ${scope.service}`;
      const secret = await signingKeys.get(key, () =>
        askSecret<{ signingKey: Uint8Array; scope: WireScope }, KeyObject>(
          (call) => client.getSigningKey(scope, ...call),
          ({ signingKey }) => (isSecret(signingKey) ? createSecretKey(signingKey) : undefined),
        ),
      );
      return secret.kind === 'secret' ? { kind: 'key', key: secret.value, scope: secret.scope } : secret;
    },
    ...operatorPlane(client, forget),
  };
  return { plane, forget };
}

type WireScope = Parameters<typeof fromWireScope>[0];

type Secret<Value> =
  | { readonly kind: 'secret'; readonly value: Value; readonly scope: CredentialScope }
  | { readonly kind: 'unknown' }
  | Unavailable;

function openSecretCache<Value>(clock: CacheClock) {
  return openExpiringCache<Secret<Value>>(
    {
      keepMs: ({ kind }) => (kind === 'secret' ? KEEP_MS : kind === 'unknown' ? KEEP_UNKNOWN_MS : 0),
      isWorthOldAge: ({ kind }) => kind === 'secret',
      isSilence: ({ kind }) => kind === 'unavailable',
      maxEntries: MAX_ENTRIES,
    },
    clock,
  );
}

/** An empty secret would match an empty password: no answer at all is safer. */
function isSecret({ length }: { readonly length: number }): boolean {
  return length >= 32;
}

/** `secretOf` is undefined for what is none. */
async function askSecret<T extends { readonly scope: WireScope }, Value>(
  send: (call: Call<T>) => unknown,
  secretOf: (response: T) => Value | undefined,
): Promise<Secret<Value>> {
  const answer = await ask(send);
  if (answer.kind === 'response') {
    const value = secretOf(answer.response);
    const scope = fromWireScope(answer.response.scope);
    return value === undefined ? UNAVAILABLE : { kind: 'secret', value, scope };
  }
  return { kind: answer.error.code === status.NOT_FOUND ? 'unknown' : 'unavailable' };
}

function operatorPlane(
  client: CredentialServiceClient,
  changed: (accessKeyId: string) => void,
): Omit<CredentialPlane, 'smtpPassword' | 'signingKey'> {
  return {
    createCredential: async ({ scope, description }) => {
      const request = { scope: toWireScope(scope), description };
      const answer = await ask<{ credential: CredentialRecord | undefined; secretAccessKey: string }>(
        (call) => client.createCredential(request, ...call),
      );
      if (answer.kind === 'error') {
        return answer.error.code === status.RESOURCE_EXHAUSTED ? { kind: 'limit' } : invalidOr(answer.error);
      }
      const { credential, secretAccessKey } = answer.response;
      if (credential === undefined) return UNAVAILABLE;
      return { kind: 'created', credential: fromCredentialRecord(credential), secretAccessKey };
    },
    listCredentials: async ({ pageSize, afterId }) => {
      const request = { pageSize, afterAccessKeyId: afterId ?? '' };
      const answer = await ask<{ credentials: CredentialRecord[]; hasMore: boolean }>((call) =>
        client.listCredentials(request, ...call),
      );
      if (answer.kind === 'error') return UNAVAILABLE;
      const { credentials, hasMore } = answer.response;
      return { kind: 'page', credentials: credentials.map(fromCredentialRecord), hasMore };
    },
    setCredentialEnabled: async (accessKeyId, isEnabled) => {
      const request = { accessKeyId, enabled: isEnabled };
      const answer = await ask<CredentialRecord>((call) => client.setCredentialEnabled(request, ...call));
      changed(accessKeyId);
      if (answer.kind === 'response') {
        return { kind: 'credential', credential: fromCredentialRecord(answer.response) };
      }
      return answer.error.code === status.NOT_FOUND ? { kind: 'unknown' } : UNAVAILABLE;
    },
    deleteCredential: async (accessKeyId) => {
      const answer = await ask((call) => client.deleteCredential({ accessKeyId }, ...call));
      changed(accessKeyId);
      if (answer.kind === 'response') return { kind: 'deleted' };
      return answer.error.code === status.NOT_FOUND ? { kind: 'unknown' } : UNAVAILABLE;
    },
  };
}
