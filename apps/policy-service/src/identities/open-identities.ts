// Identities: made, changed, looked up in DNS. Source: SES contract 1.5, 5.8, 5.9.
import { randomBytes } from 'node:crypto';
import type { Identity, IdentityKey } from '@sealpost/contracts';
import type { RecordStore } from '../record-store.ts';
import type { SealingKeys } from '../sealing.ts';
import { makeKeys, readExternalKey } from './dkim-keys.ts';
import { isDomain, nextStatus, parseIdentityName, type Sight } from './identity-rules.ts';
import { lookUpRecords, type RecordsSeen, type ResolveTxt } from './look-up-records.ts';
import { resolveSender, type SenderFacts } from './resolve-sender.ts';

export interface ExternalKey {
  readonly selector: string;
  readonly privateKey: string;
}

export interface IdentityChange {
  readonly dkimEnabled?: boolean;
  /** `own`: keys made here, when there are none or the caller's. */
  readonly signing?: ExternalKey | 'own';
  /** Empty: none. */
  readonly configurationSet?: string;
  readonly verifyAgain?: boolean;
}

export type IdentityAnswer =
  | { readonly kind: 'identity'; readonly identity: Identity }
  | { readonly kind: 'exists' | 'absent' | 'limit' }
  | { readonly kind: 'invalid'; readonly message: string };

export interface Identities {
  create(name: string, change: Pick<IdentityChange, 'signing' | 'configurationSet'>): Promise<IdentityAnswer>;
  get(name: string): Promise<IdentityAnswer>;
  update(name: string, change: IdentityChange): Promise<IdentityAnswer>;
  delete(name: string): Promise<IdentityAnswer | { readonly kind: 'deleted' }>;
  list(page: {
    readonly afterName: string;
    readonly limit: number;
    readonly kind: 'address' | 'domain' | undefined;
  }): Promise<{ readonly identities: readonly Identity[]; readonly hasMore: boolean }>;
  resolveSender(address: string): Promise<SenderFacts>;
  /** Asks DNS for the records of one domain and notes what it sees. */
  look(identity: Identity): Promise<void>;
}

export interface IdentityDeps {
  readonly store: RecordStore<Identity>;
  readonly sealingKeys: SealingKeys;
  readonly resolveTxt: ResolveTxt;
  /** False: every identity counts as verified and every key as published. */
  readonly verifies: boolean;
  readonly now: () => number;
}

export function openIdentities(deps: IdentityDeps): Identities {
  const { store } = deps;
  const named = async (
    text: string,
    run: (name: string) => Promise<Identity | undefined>,
  ): Promise<IdentityAnswer> => {
    const name = parseIdentityName(text);
    const identity = name === undefined ? undefined : await run(name);
    return identity === undefined ? { kind: 'absent' } : { kind: 'identity', identity };
  };
  return {
    create: (text, change) => create(text, change, deps),
    get: (text) => named(text, (name) => store.get(name)),
    update: (text, change) => update(text, change, deps),
    delete: async (text) => {
      const name = parseIdentityName(text);
      return { kind: name === undefined ? 'absent' : await store.delete(name) };
    },
    list: (page) => list(page, store),
    resolveSender: (address) =>
      resolveSender(address, {
        getIdentity: (name) => store.get(name),
        sealingKeys: deps.sealingKeys,
        publishedKeysOnly: deps.verifies,
      }),
    look: async (identity) => {
      const seen = await lookUpRecords(identity, deps.resolveTxt);
      await store.change(identity.name, (current) => afterLook(current, seen, deps.now()));
    },
  };
}

async function create(
  text: string,
  change: Parameters<Identities['create']>[1],
  deps: IdentityDeps,
): Promise<IdentityAnswer> {
  const name = parseIdentityName(text);
  if (name === undefined) return { kind: 'invalid', message: `Invalid email address or domain: ${text}.` };
  const signing = await newKeys(name, change.signing, deps);
  if (signing.kind === 'invalid') return signing;
  const identity = withNewKeys(newIdentity(name, change.configurationSet, deps), signing.keys, deps);
  const created = await deps.store.create(identity);
  return created === 'created' ? { kind: 'identity', identity } : { kind: created };
}

function newIdentity(name: string, configurationSet: string | undefined, deps: IdentityDeps): Identity {
  const now = deps.now();
  return {
    name,
    createdAt: now,
    verification: {
      status: deps.verifies ? 'PENDING' : 'SUCCESS',
      token: randomBytes(32).toString('base64'),
      pendingSince: now,
      checkedAt: 0,
      succeededAt: deps.verifies ? 0 : now,
    },
    dkim: { isEnabled: undefined, isExternal: false, status: 'NOT_STARTED', keys: [], madeAt: 0 },
    configurationSet: configurationSet === '' ? undefined : configurationSet,
  };
}

async function update(text: string, change: IdentityChange, deps: IdentityDeps): Promise<IdentityAnswer> {
  const name = parseIdentityName(text);
  const current = name === undefined ? undefined : await deps.store.get(name);
  if (name === undefined || current === undefined) return { kind: 'absent' };
  const keepsKeys = change.signing === 'own' && current.dkim.keys.length > 0 && !current.dkim.isExternal;
  const signing = await newKeys(name, keepsKeys ? undefined : change.signing, deps);
  if (signing.kind === 'invalid') return signing;
  const identity = await deps.store.change(name, (stored) => {
    const { verification } = stored;
    const startsAgain = change.verifyAgain === true && verification.status === 'FAILED';
    return {
      ...enabled(withNewKeys(stored, signing.keys, deps), change.dkimEnabled),
      verification: startsAgain
        ? { ...verification, status: 'PENDING', pendingSince: deps.now() }
        : verification,
      configurationSet:
        change.configurationSet === undefined
          ? stored.configurationSet
          : change.configurationSet || undefined,
    };
  });
  return identity === undefined ? { kind: 'absent' } : { kind: 'identity', identity };
}

type NewKeys =
  | {
      readonly kind: 'keys';
      readonly keys: { readonly made: readonly IdentityKey[]; readonly isExternal: boolean } | undefined;
    }
  | { readonly kind: 'invalid'; readonly message: string };

async function newKeys(
  name: string,
  signing: IdentityChange['signing'],
  deps: IdentityDeps,
): Promise<NewKeys> {
  if (signing === undefined) return { kind: 'keys', keys: undefined };
  if (!isDomain(name))
    return { kind: 'invalid', message: `Domain ${name} is not verified for DKIM signing.` };
  const facts = { sealingKeys: deps.sealingKeys, domain: name };
  if (signing === 'own') return { kind: 'keys', keys: { made: await makeKeys(facts), isExternal: false } };
  const read = readExternalKey(signing, facts);
  return read.kind === 'invalid' ? read : { kind: 'keys', keys: { made: [read.key], isExternal: true } };
}

function withNewKeys(
  identity: Identity,
  keys: Extract<NewKeys, { kind: 'keys' }>['keys'],
  { verifies, now }: IdentityDeps,
): Identity {
  if (keys === undefined) return identity;
  const dkim = {
    isEnabled: identity.dkim.isEnabled ?? true,
    isExternal: keys.isExternal,
    status: verifies ? 'PENDING' : 'SUCCESS',
    keys: keys.made,
    madeAt: now(),
  } as const;
  return { ...identity, dkim };
}

function enabled(identity: Identity, isEnabled: boolean | undefined): Identity {
  return isEnabled === undefined ? identity : { ...identity, dkim: { ...identity.dkim, isEnabled } };
}

/** DKIM is in order when the key that is signed with first stands in DNS; that proves the domain as well. */
function afterLook(identity: Identity, seen: RecordsSeen, now: number): Identity {
  const { verification, dkim } = identity;
  const keys = dkim.keys.map((key) => withSight(key, seen.keys.get(key.selector)));
  const [first] = dkim.keys;
  const dkimSight = first === undefined ? undefined : seen.keys.get(first.selector);
  const dkimStatus =
    dkimSight === undefined ? dkim.status : nextStatus(dkim.status, dkimSight, now - dkim.madeAt);
  const sight = dkimSight === 'there' ? 'there' : seen.ownership;
  const status = nextStatus(verification.status, sight, now - verification.pendingSince);
  return {
    ...identity,
    dkim: { ...dkim, keys, status: dkimStatus },
    verification: {
      ...verification,
      status,
      checkedAt: now,
      succeededAt: sight === 'there' ? now : verification.succeededAt,
    },
  };
}

function withSight(key: IdentityKey, sight: Sight | undefined): IdentityKey {
  return sight === undefined || sight === 'unknown' ? key : { ...key, isPublished: sight === 'there' };
}

async function list(
  { afterName, limit, kind }: Parameters<Identities['list']>[0],
  store: RecordStore<Identity>,
): ReturnType<Identities['list']> {
  const { names } = await store.list(afterName, Number.MAX_SAFE_INTEGER);
  const wanted = names.filter((name) => kind === undefined || isDomain(name) === (kind === 'domain'));
  const page = await Promise.all(wanted.slice(0, limit).map((name) => store.get(name)));
  return {
    identities: page.filter((identity) => identity !== undefined),
    hasMore: wanted.length > limit,
  };
}
