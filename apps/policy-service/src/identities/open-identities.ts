// Identities: made, changed, looked up in DNS. Source: SES contract 1.5, 5.8, 5.9.
import { randomBytes } from 'node:crypto';
import type { Identity, ResourceTag } from '@sealpost/contracts';
import type { Certificates } from '../certificates/open-certificates.ts';
import type { RecordStore } from '../record-store.ts';
import type { SealingKeys } from '../sealing.ts';
import { tagsFault } from '../resource-tags.ts';
import { makeKeys, readExternalKey } from './dkim-keys.ts';
import {
  afterLook,
  changedIdentity,
  changeFault,
  confirmedAddress,
  newIdentity,
  withNewKeys,
  type ChangeFacts,
  type IdentityChange,
  type NewKeys,
} from './identity-changes.ts';
import { isDomain, parseIdentityName } from './identity-rules.ts';
import { lookUpRecords, type LookUpDeps } from './look-up-records.ts';
import { resolveSender, type SenderFacts } from './resolve-sender.ts';

export type IdentityAnswer =
  | { readonly kind: 'identity'; readonly identity: Identity }
  | { readonly kind: 'exists' | 'absent' | 'limit' }
  | { readonly kind: 'invalid'; readonly message: string };

export interface Identities {
  create(
    name: string,
    given: Pick<IdentityChange, 'signing' | 'configurationSet'> & { readonly tags?: readonly ResourceTag[] },
  ): Promise<IdentityAnswer>;
  get(name: string): Promise<IdentityAnswer>;
  update(name: string, change: IdentityChange): Promise<IdentityAnswer>;
  delete(name: string): Promise<IdentityAnswer | { readonly kind: 'deleted' }>;
  list(page: {
    readonly afterName: string;
    readonly limit: number;
    readonly kind: 'address' | 'domain' | undefined;
  }): Promise<{ readonly identities: readonly Identity[]; readonly hasMore: boolean }>;
  /** `invalid` when the token is not the one that was mailed, or too old. */
  confirm(name: string, token: string): Promise<IdentityAnswer>;
  resolveSender(address: string): Promise<SenderFacts>;
  /** Asks DNS for the records of one and notes what is new. */
  look(identity: Identity): Promise<void>;
}

export interface IdentityDeps extends LookUpDeps {
  readonly store: RecordStore<Identity>;
  readonly sealingKeys: SealingKeys;
  readonly certificates: Pick<Certificates, 'keyOf'>;
  /** False: every identity counts as verified and every record as published. */
  readonly verifies: boolean;
  readonly now: () => number;
}

/** When DNS was asked last, and when it showed what was wanted; by this process, as only news are stored. */
type Looks = Map<string, { readonly checkedAt: number; readonly succeededAt: number }>;

export function openIdentities(deps: IdentityDeps): Identities {
  const { store } = deps;
  const looks: Looks = new Map();
  const named = async (
    text: string,
    run: (name: string) => Promise<Identity | undefined>,
  ): Promise<IdentityAnswer> => {
    const name = parseIdentityName(text);
    const identity = name === undefined ? undefined : await run(name);
    return identity === undefined
      ? { kind: 'absent' }
      : { kind: 'identity', identity: withLook(identity, looks) };
  };
  return {
    create: (text, given) => create(text, given, deps),
    get: (text) => named(text, (name) => store.get(name)),
    update: (text, change) => update(text, change, deps),
    delete: async (text) => {
      const name = parseIdentityName(text);
      if (name !== undefined) looks.delete(name);
      return { kind: name === undefined ? 'absent' : await store.delete(name) };
    },
    list: (page) => list(page, store, looks),
    confirm: async (text, token) => {
      const answer = await named(text, (name) =>
        store.change(name, (identity) => confirmedAddress(identity, token, deps.now())),
      );
      const isConfirmed = answer.kind === 'identity' && answer.identity.verification.status === 'SUCCESS';
      return isConfirmed ? answer : { kind: 'invalid', message: 'The link is not valid any more.' };
    },
    resolveSender: (address) =>
      resolveSender(address, {
        getIdentity: (name) => store.get(name),
        sealingKeys: deps.sealingKeys,
        publishedKeysOnly: deps.verifies,
        smimeKeyOf: (certificate) => deps.certificates.keyOf(certificate),
      }),
    look: async (identity) => {
      const seen = await lookUpRecords(identity, deps);
      const now = deps.now();
      const looked = await store.change(identity.name, (current) => afterLook(current, seen, now));
      if (looked === undefined) return;
      const isThere = looked.verification.status === 'SUCCESS' && isDomain(looked.name);
      const succeededAt = isThere ? now : looked.verification.succeededAt;
      looks.set(identity.name, { checkedAt: now, succeededAt });
    },
  };
}

function withLook(identity: Identity, looks: Looks): Identity {
  const look = looks.get(identity.name);
  if (look === undefined) return identity;
  const { verification } = identity;
  const checkedAt = Math.max(verification.checkedAt, look.checkedAt);
  const succeededAt = Math.max(verification.succeededAt, look.succeededAt);
  return { ...identity, verification: { ...verification, checkedAt, succeededAt } };
}

function factsOf({ now, verifies }: IdentityDeps): ChangeFacts {
  return { now: now(), verifies, newToken: randomBytes(32).toString('base64') };
}

async function create(
  text: string,
  given: Parameters<Identities['create']>[1],
  deps: IdentityDeps,
): Promise<IdentityAnswer> {
  const name = parseIdentityName(text);
  if (name === undefined) return { kind: 'invalid', message: `Invalid email address or domain: ${text}.` };
  const fault = tagsFault(given.tags ?? []);
  if (fault !== undefined) return { kind: 'invalid', message: fault };
  const signing = await newKeys(name, given.signing, deps);
  if (signing.kind === 'invalid') return signing;
  const facts = factsOf(deps);
  const bare = newIdentity(name, given, facts);
  const identity = signing.keys === undefined ? bare : withNewKeys(bare, signing.keys, facts);
  const created = await deps.store.create(identity);
  return created === 'created' ? { kind: 'identity', identity } : { kind: created };
}

async function update(text: string, change: IdentityChange, deps: IdentityDeps): Promise<IdentityAnswer> {
  const name = parseIdentityName(text);
  const current = name === undefined ? undefined : await deps.store.get(name);
  if (name === undefined || current === undefined) return { kind: 'absent' };
  const fault = changeFault(current, change);
  if (fault !== undefined) return { kind: 'invalid', message: fault };
  const keepsKeys = change.signing === 'own' && current.dkim.keys.length > 0 && !current.dkim.isExternal;
  const signing = await newKeys(name, keepsKeys ? undefined : change.signing, deps);
  if (signing.kind === 'invalid') return signing;
  const facts = factsOf(deps);
  const { keys } = signing;
  const identity = await deps.store.change(name, (stored) =>
    changedIdentity(keys === undefined ? stored : withNewKeys(stored, keys, facts), change, facts),
  );
  return identity === undefined ? { kind: 'absent' } : { kind: 'identity', identity };
}

type MadeKeys =
  | { readonly kind: 'keys'; readonly keys: NewKeys | undefined }
  | { readonly kind: 'invalid'; readonly message: string };

async function newKeys(
  name: string,
  signing: IdentityChange['signing'],
  deps: IdentityDeps,
): Promise<MadeKeys> {
  if (signing === undefined) return { kind: 'keys', keys: undefined };
  if (!isDomain(name))
    return { kind: 'invalid', message: `Domain ${name} is not verified for DKIM signing.` };
  const facts = { sealingKeys: deps.sealingKeys, domain: name };
  if (signing === 'own') return { kind: 'keys', keys: { made: await makeKeys(facts), isExternal: false } };
  const read = readExternalKey(signing, facts);
  return read.kind === 'invalid' ? read : { kind: 'keys', keys: { made: [read.key], isExternal: true } };
}

async function list(
  { afterName, limit, kind }: Parameters<Identities['list']>[0],
  store: RecordStore<Identity>,
  looks: Looks,
): ReturnType<Identities['list']> {
  const { names } = await store.list(afterName, Number.MAX_SAFE_INTEGER);
  const wanted = names.filter((name) => kind === undefined || isDomain(name) === (kind === 'domain'));
  const page = await Promise.all(wanted.slice(0, limit).map((name) => store.get(name)));
  return {
    identities: page
      .filter((identity) => identity !== undefined)
      .map((identity) => withLook(identity, looks)),
    hasMore: wanted.length > limit,
  };
}
