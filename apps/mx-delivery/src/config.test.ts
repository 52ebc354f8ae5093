import { describe, expect, test } from 'vitest';
import { phaseTimeouts, readConfig, returnPath } from './config.ts';

const env = { NATS_URL: 'nats://127.0.0.1:4222', REDIS_URL: 'redis://127.0.0.1:6379' };
const minute = 60_000;

test('RFC 5321 §4.5.3.2: each phase of the dialogue has its time, as long as the RFC wants it', () => {
  expect(phaseTimeouts(readConfig(env))).toEqual({
    connectMs: 30_000,
    greetingMs: 5 * minute,
    ehloMs: 5 * minute,
    starttlsMs: 1 * minute,
    mailMs: 5 * minute,
    rcptMs: 5 * minute,
    dataMs: 2 * minute,
    dataBlockMs: 3 * minute,
    finalDotMs: 10 * minute,
  });
});

test('each by a setting of its own', () => {
  const set = {
    CONNECT_TIMEOUT: '1s',
    GREETING_TIMEOUT: '2s',
    EHLO_TIMEOUT: '3s',
    STARTTLS_TIMEOUT: '4s',
    MAIL_TIMEOUT: '5s',
    RCPT_TIMEOUT: '6s',
    DATA_TIMEOUT: '7s',
    DATA_BLOCK_TIMEOUT: '8s',
    FINAL_DOT_TIMEOUT: '9s',
  };
  expect(Object.values(phaseTimeouts(readConfig({ ...env, ...set })))).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8, 9].map((seconds) => seconds * 1000),
  );
});

describe('the return path', () => {
  const key = Buffer.alloc(32, 1).toString('base64');
  const read = (set: Record<string, string>) => returnPath(readConfig({ ...env, ...set }));

  test('is off unless there is a key, and signs at the domain that is set', () => {
    expect(read({})).toBeUndefined();
    expect(read({ RETURN_PATH_KEY: key })).toMatchObject({ domain: undefined });
    expect(read({ RETURN_PATH_KEY: key, RETURN_PATH_DOMAIN: 'Returns.Example.com' })).toMatchObject({
      domain: 'returns.example.com',
    });
  });

  test.each([
    [{ RETURN_PATH_DOMAIN: 'returns.test' }, 'need RETURN_PATH_KEY'],
    [{ RETURN_PATH_PORT: '2526' }, 'need RETURN_PATH_KEY'],
    [{ RETURN_PATH_KEY: 'short' }, 'RETURN_PATH_KEY is not base64 of 32 bytes.'],
    [{ RETURN_PATH_DOMAIN: 'not a domain' }, 'RETURN_PATH_DOMAIN: expected a domain name'],
    [{ RETURN_PATH_POSTMASTER: 'nobody' }, 'RETURN_PATH_POSTMASTER: expected an address'],
  ])('%j is refused with a sentence', (set, sentence) => {
    expect(() => read(set)).toThrow(sentence);
  });
});
