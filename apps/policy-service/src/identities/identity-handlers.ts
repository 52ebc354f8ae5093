// gRPC in front of identities. Private keys leave by ResolveSender only.
import {
  toIdentityRecord,
  WireIdentityKind,
  withoutPrivateKeys,
  type EventSink,
  type IdentityServiceServer,
  type WireSmimeKey,
} from '@sealpost/contracts';
import type { Logger } from '@sealpost/runtime';
import { status } from '@grpc/grpc-js';
import { certificateHandlers } from '../certificates/certificate-handlers.ts';
import type { Certificates, SmimeKey } from '../certificates/open-certificates.ts';
import type { EventDelivery } from '../event-delivery/open-event-delivery.ts';
import { Refused, unary } from '../grpc-answers.ts';
import type { ExternalKey, IdentityChange } from './identity-changes.ts';
import type { Identities, IdentityAnswer } from './open-identities.ts';

/** Making three keys takes a while on a busy machine; the ingresses wait as long. */
const KEYS_MS = 15_000;

export interface IdentityHandlerDeps {
  readonly events: Pick<EventDelivery, 'checkSink' | 'announce'>;
  readonly certificates: Certificates;
  readonly logger: Logger;
}

export function identityHandlers(
  identities: Identities,
  { events, certificates, logger }: IdentityHandlerDeps,
): IdentityServiceServer {
  return {
    ...certificateHandlers(certificates, logger),
    createIdentity: unary(
      logger,
      async ({ name, signing, configurationSet, tags }) =>
        recordOf(
          await identities.create(name, {
            tags,
            ...requestedSigning(signing),
            ...(configurationSet === undefined ? {} : { configurationSet }),
          }),
        ),
      KEYS_MS,
    ),
    getIdentity: unary(logger, async ({ name }) => recordOf(await identities.get(name))),
    updateIdentity: unary(logger, (request) => update(request, identities, events), KEYS_MS),
    confirmAddress: unary(logger, async ({ name, token }) => recordOf(await identities.confirm(name, token))),
    deleteIdentity: unary(logger, async ({ name }) => {
      if ((await identities.delete(name)).kind === 'absent') throw refusal({ kind: 'absent' });
      return {};
    }),
    listIdentities: unary(logger, async ({ pageSize, afterName, kind }) => {
      const page = await identities.list({
        afterName,
        limit: Math.min(pageSize === 0 ? 100 : pageSize, 1000),
        kind: LISTED_KIND[kind],
      });
      return {
        identities: page.identities.map((each) => toIdentityRecord(withoutPrivateKeys(each))),
        hasMore: page.hasMore,
      };
    }),
    resolveSender: unary(logger, async ({ address }) => {
      const facts = await identities.resolveSender(address);
      return {
        isVerified: facts.isVerified,
        signingKeys: [...facts.signingKeys],
        configurationSet: facts.configurationSet ?? '',
        mailFromDomain: facts.mailFromDomain ?? '',
        isMailFromMissing: facts.isMailFromMissing,
        forwardingDisabled: facts.forwardingDisabled,
        smimeKey: facts.smimeKey && smimeRecord(facts.smimeKey),
      };
    }),
  };
}

function smimeRecord({ certificates, privateKey, expiresAt }: SmimeKey): WireSmimeKey {
  return { certificates: [...certificates], privateKey, expiresAtMs: expiresAt };
}

type UpdateRequest = Parameters<IdentityServiceServer['updateIdentity']>[0]['request'];

async function update(
  { name, ...request }: UpdateRequest,
  identities: Identities,
  events: IdentityHandlerDeps['events'],
): Promise<ReturnType<typeof recordOf>> {
  const topics = topicsOf(request);
  for (const topic of topics) {
    const fault = await events.checkSink(topic);
    if (fault !== undefined) throw new Refused(status.INVALID_ARGUMENT, fault);
  }
  const record = recordOf(await identities.update(name, requestedChange(request)));
  for (const topic of topics) void events.announce(topic);
  return record;
}

function topicsOf({ bounce, complaint, delivery }: Omit<UpdateRequest, 'name'>): readonly EventSink[] {
  const arns = [bounce, complaint, delivery].map((topic) => topic?.topicArn ?? '');
  return arns.filter((arn) => arn !== '').map((topicArn) => ({ kind: 'sns', topicArn }));
}

function requestedChange(request: Omit<UpdateRequest, 'name'>): IdentityChange {
  const { dkimEnabled, configurationSet, mailFrom, forwardingDisabled, bounce, complaint, delivery } =
    request;
  const { tags, policy, removedPolicy } = request;
  return {
    ...requestedSigning(request.signing),
    verifyAgain: request.verifyAgain,
    ...given({ dkimEnabled, configurationSet, mailFrom, forwardingDisabled, tags, policy, removedPolicy }),
    topics: given({ bounce, complaint, delivery }),
  };
}

function given<T extends object>(members: T): { readonly [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const there = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}

type RequestedSigning =
  | { readonly $case: 'externalKey'; readonly value: ExternalKey }
  | { readonly $case: 'ownKeys'; readonly value: boolean }
  | undefined;

function requestedSigning(signing: RequestedSigning): Pick<IdentityChange, 'signing'> {
  if (signing === undefined) return {};
  if (signing.$case === 'externalKey') return { signing: signing.value };
  return signing.value ? { signing: 'own' } : {};
}

const LISTED_KIND = {
  [WireIdentityKind.ADDRESS]: 'address',
  [WireIdentityKind.DOMAIN]: 'domain',
  [WireIdentityKind.UNSPECIFIED]: undefined,
  [WireIdentityKind.UNRECOGNIZED]: undefined,
} as const;

function recordOf(answer: IdentityAnswer): ReturnType<typeof toIdentityRecord> {
  if (answer.kind !== 'identity') throw refusal(answer);
  return toIdentityRecord(withoutPrivateKeys(answer.identity));
}

function refusal(answer: Exclude<IdentityAnswer, { kind: 'identity' }>): Refused {
  switch (answer.kind) {
    case 'absent':
      return new Refused(status.NOT_FOUND, 'The identity does not exist.');
    case 'exists':
      return new Refused(status.ALREADY_EXISTS, 'The identity already exists.');
    case 'limit':
      return new Refused(status.RESOURCE_EXHAUSTED, 'Too many identities.');
    case 'invalid':
      return new Refused(status.INVALID_ARGUMENT, answer.message);
  }
}
