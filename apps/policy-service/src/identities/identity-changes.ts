// What a caller's change, a look into DNS and a mailed link make of an identity. Pure.
// Source: SES contract 1.5, 5.7, 5.8, 5.9.
import { timingSafeEqual } from 'node:crypto';
import type {
  CheckStatus,
  Identity,
  IdentityKey,
  NotificationTopic,
  ResourceTag,
  TagChange,
} from '@sealpost/contracts';
import { changedPolicies, policiesFault, type PolicyChange } from './identity-policies.ts';
import { changedTags, tagsFault } from '../resource-tags.ts';
import { domainOf, isDomain, LINK_MS, nextStatus, parseIdentityName, type Sight } from './identity-rules.ts';
import type { RecordsSeen } from './look-up-records.ts';

export interface ExternalKey {
  readonly selector: string;
  readonly privateKey: string;
}

export interface IdentityChange extends PolicyChange {
  readonly dkimEnabled?: boolean;
  /** `own`: keys made here, when there are none or the caller's. */
  readonly signing?: ExternalKey | 'own';
  /** Empty: none. */
  readonly configurationSet?: string;
  /** Starts again what has failed; an address that waits gets a new token. */
  readonly verifyAgain?: boolean;
  /** An empty domain: none. */
  readonly mailFrom?: { readonly domain: string; readonly rejectsOnFailure: boolean };
  readonly forwardingDisabled?: boolean;
  readonly topics?: Partial<Record<'bounce' | 'complaint' | 'delivery', NotificationTopic>>;
  readonly tags?: TagChange;
}

export interface ChangeFacts {
  readonly now: number;
  /** False: every identity counts as verified and every record as published. */
  readonly verifies: boolean;
  readonly newToken: string;
}

const NO_TOPIC: NotificationTopic = { topicArn: '', includesHeaders: false };

export function newIdentity(
  name: string,
  given: { readonly configurationSet?: string; readonly tags?: readonly ResourceTag[] },
  { now, verifies, newToken }: ChangeFacts,
): Identity {
  return {
    name,
    createdAt: now,
    verification: {
      status: verifies ? 'PENDING' : 'SUCCESS',
      token: newToken,
      pendingSince: now,
      checkedAt: 0,
      succeededAt: verifies ? 0 : now,
    },
    dkim: { isEnabled: undefined, isExternal: false, status: 'NOT_STARTED', keys: [], madeAt: 0 },
    configurationSet: given.configurationSet === '' ? undefined : given.configurationSet,
    mailFrom: undefined,
    notifications: { forwardingDisabled: false, bounce: NO_TOPIC, complaint: NO_TOPIC, delivery: NO_TOPIC },
    tags: given.tags ?? [],
    policies: [],
    certificates: [],
  };
}

export interface NewKeys {
  readonly made: readonly IdentityKey[];
  readonly isExternal: boolean;
}

export function withNewKeys(
  identity: Identity,
  { made, isExternal }: NewKeys,
  { now, verifies }: ChangeFacts,
): Identity {
  const isEnabled = identity.dkim.isEnabled ?? true;
  const status = verifies ? 'PENDING' : 'SUCCESS';
  return { ...identity, dkim: { isEnabled, isExternal, status, keys: made, madeAt: now } };
}

/** What is wrong with a change, in SES's words, or undefined. */
export function changeFault(identity: Identity, change: IdentityChange): string | undefined {
  const { mailFrom, tags } = change;
  if (mailFrom !== undefined && mailFrom.domain !== '' && !isBelow(mailFrom.domain, identity.name)) {
    return (
      `Provided MAIL-FROM domain <${mailFrom.domain.slice(0, 255)}> is not subdomain of the domain ` +
      `of the identity <${identity.name}>.`
    );
  }
  const ofTags = tags === undefined ? undefined : tagsFault(changedTags(identity.tags, tags));
  return ofTags ?? policiesFault(changedPolicies(identity.policies, change));
}

function isBelow(mailFromDomain: string, identityName: string): boolean {
  const domain = parseIdentityName(mailFromDomain);
  return domain !== undefined && isDomain(domain) && domain.endsWith(`.${domainOf(identityName)}`);
}

/** Everything but new keys. */
export function changedIdentity(identity: Identity, change: IdentityChange, facts: ChangeFacts): Identity {
  const { dkim, notifications } = identity;
  return {
    ...identity,
    dkim: { ...dkim, isEnabled: change.dkimEnabled ?? dkim.isEnabled },
    verification: change.verifyAgain === true ? verifiedAgain(identity, facts) : identity.verification,
    configurationSet:
      change.configurationSet === undefined
        ? identity.configurationSet
        : change.configurationSet || undefined,
    mailFrom: changedMailFrom(identity, change, facts),
    notifications: {
      ...notifications,
      ...change.topics,
      forwardingDisabled: change.forwardingDisabled ?? notifications.forwardingDisabled,
    },
    tags: change.tags === undefined ? identity.tags : changedTags(identity.tags, change.tags),
    policies: changedPolicies(identity.policies, change),
  };
}

function verifiedAgain(
  { name, verification }: Identity,
  { now, newToken }: ChangeFacts,
): Identity['verification'] {
  const { status } = verification;
  if (isDomain(name))
    return status === 'FAILED' ? { ...verification, status: 'PENDING', pendingSince: now } : verification;
  if (status === 'SUCCESS') return verification;
  return { ...verification, status: 'PENDING', pendingSince: now, token: newToken };
}

function changedMailFrom(
  { mailFrom }: Identity,
  change: IdentityChange,
  { now, verifies }: ChangeFacts,
): Identity['mailFrom'] {
  if (change.mailFrom === undefined) return mailFrom;
  const { rejectsOnFailure } = change.mailFrom;
  const domain = parseIdentityName(change.mailFrom.domain);
  if (domain === undefined) return undefined;
  if (domain === mailFrom?.domain && mailFrom.status !== 'FAILED') return { ...mailFrom, rejectsOnFailure };
  return { domain, rejectsOnFailure, status: verifies ? 'PENDING' : 'SUCCESS', pendingSince: now };
}

/** The very same identity when nothing is new: readers need not be told. */
export function afterLook(identity: Identity, seen: RecordsSeen, now: number): Identity {
  const changed = isDomain(identity.name)
    ? domainAfterLook(identity, seen, now)
    : addressAfterLook(identity, now);
  const mailFrom = changed.mailFrom && looked(changed.mailFrom, seen.mailFrom ?? 'unknown', now);
  const result = { ...changed, mailFrom };
  return seemsSame(identity, result) ? identity : result;
}

interface Checked {
  readonly status: CheckStatus;
  readonly pendingSince: number;
}

/** What was there and is gone has as long to come back as it had at first (SES contract 5.7). */
function looked<T extends Checked>(checked: T, sight: Sight, now: number): T {
  const status = nextStatus(checked.status, sight, now - checked.pendingSince);
  const isLost = checked.status === 'SUCCESS' && status === 'TEMPORARY_FAILURE';
  return { ...checked, status, pendingSince: isLost ? now : checked.pendingSince };
}

/** DKIM is in order when the key that is signed with first stands in DNS; that proves the domain as well. */
function domainAfterLook(identity: Identity, seen: RecordsSeen, now: number): Identity {
  const { verification, dkim } = identity;
  const keys = dkim.keys.map((key) => withSight(key, seen.keys.get(key.selector)));
  const [first] = dkim.keys;
  const dkimSight = first === undefined ? undefined : seen.keys.get(first.selector);
  // Keys that are gone from DNS are not signed with, however long they may come back.
  const dkimAge = dkim.status === 'TEMPORARY_FAILURE' ? 0 : now - dkim.madeAt;
  const dkimStatus = dkimSight === undefined ? dkim.status : nextStatus(dkim.status, dkimSight, dkimAge);
  const sight = sightOfDomain(seen, dkimSight);
  const succeededAt = sight === 'there' ? now : verification.succeededAt;
  return {
    ...identity,
    dkim: { ...dkim, keys, status: dkimStatus },
    verification: { ...looked(verification, sight, now), checkedAt: now, succeededAt },
  };
}

function sightOfDomain(seen: RecordsSeen, dkimSight: Sight | undefined): Sight {
  return dkimSight === 'there' ? 'there' : (seen.ownership ?? 'unknown');
}

function addressAfterLook(identity: Identity, now: number): Identity {
  const { verification } = identity;
  const isOver = verification.status === 'PENDING' && now - verification.pendingSince > LINK_MS;
  return isOver ? { ...identity, verification: { ...verification, status: 'FAILED' } } : identity;
}

function withSight(key: IdentityKey, sight: Sight | undefined): IdentityKey {
  return sight === undefined || sight === 'unknown' ? key : { ...key, isPublished: sight === 'there' };
}

function seemsSame(before: Identity, after: Identity): boolean {
  const facts = ({ verification, dkim, mailFrom }: Identity) =>
    [
      verification.status,
      dkim.status,
      mailFrom?.status,
      ...dkim.keys.map(({ isPublished }) => isPublished),
    ].join();
  return facts(before) === facts(after);
}

/** The link that was mailed: the same identity when it is not the one, or too old (SES: a day). */
export function confirmedAddress(identity: Identity, token: string, now: number): Identity {
  const { name, verification } = identity;
  const isOpen = verification.status === 'PENDING' && now - verification.pendingSince <= LINK_MS;
  if (isDomain(name) || !isOpen || !isSameText(token, verification.token)) return identity;
  return {
    ...identity,
    verification: { ...verification, status: 'SUCCESS', checkedAt: now, succeededAt: now },
  };
}

function isSameText(a: string, b: string): boolean {
  const [one, two] = [Buffer.from(a), Buffer.from(b)];
  return one.length === two.length && timingSafeEqual(one, two);
}
