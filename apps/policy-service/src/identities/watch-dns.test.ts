import type { Identity } from '@sealpost/contracts';
import { expect, test } from 'vitest';
import { isDue } from './watch-dns.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NO_TOPIC = { topicArn: '', includesHeaders: false };
const CREATED = Date.UTC(2026, 10, 1);

interface Case {
  readonly name?: string;
  readonly status?: 'PENDING' | 'SUCCESS' | 'FAILED';
  readonly ageMs: number;
  readonly sinceLookMs: number;
}

function identity({ name = 'x.test', status = 'PENDING', ageMs, sinceLookMs }: Case): Identity {
  return {
    name,
    createdAt: CREATED,
    verification: {
      status,
      token: 't',
      pendingSince: CREATED,
      checkedAt: CREATED + ageMs - sinceLookMs,
      succeededAt: 0,
    },
    dkim: { isEnabled: true, isExternal: false, status, keys: [], madeAt: CREATED },
    configurationSet: undefined,
    mailFrom: undefined,
    notifications: { forwardingDisabled: false, bounce: NO_TOPIC, complaint: NO_TOPIC, delivery: NO_TOPIC },
    tags: [],
    policies: [],
    certificates: [],
  };
}

test.each<[string, Case, boolean]>([
  ['a new domain is looked up every 5 s', { ageMs: MINUTE, sinceLookMs: 5 * SECOND }, true],
  ['a new domain is not looked up all the time', { ageMs: MINUTE, sinceLookMs: 4 * SECOND }, false],
  [
    'after ten minutes it is looked up once a minute',
    { ageMs: 20 * MINUTE, sinceLookMs: 30 * SECOND },
    false,
  ],
  [
    'after an hour it is looked up each quarter of an hour',
    { ageMs: 2 * HOUR, sinceLookMs: 15 * MINUTE },
    true,
  ],
  ['after 72 hours it is looked up once an hour', { ageMs: 80 * HOUR, sinceLookMs: 59 * MINUTE }, false],
  [
    'a verified domain is looked up once an hour',
    { status: 'SUCCESS', ageMs: MINUTE, sinceLookMs: HOUR },
    true,
  ],
  [
    'a verified domain is left alone in between',
    { status: 'SUCCESS', ageMs: MINUTE, sinceLookMs: 59 * MINUTE },
    false,
  ],
  ['an address has no records', { name: 'a@x.test', ageMs: HOUR, sinceLookMs: HOUR }, false],
])('%s', (_title, each, expected) => {
  expect(isDue(identity(each), CREATED + each.ageMs)).toBe(expected);
});
