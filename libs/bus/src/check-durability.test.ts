import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { checkDurability } from './check-durability.ts';

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A monitoring port that answers `/varz` so. */
async function monitor(jetstream: object | string): Promise<string> {
  const server = createServer((request, response) => {
    const body = typeof jetstream === 'string' ? jetstream : JSON.stringify({ version: '2.12.1', jetstream });
    response.end(request.url === '/varz' ? body : 'not here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const always = { config: { max_storage: 1, store_dir: '/data', sync_interval: 0, sync_always: true } };
const lazy = { config: { max_storage: 1, store_dir: '/data', sync_interval: 120_000_000_000 } };

async function check(version: string, monitorUrls: string | undefined, allowsLazySync = false) {
  const said: string[] = [];
  const log = {
    info: (_facts: object, sentence: string) => said.push(`info ${sentence}`),
    warn: (_facts: object, sentence: string) => said.push(`warn ${sentence}`),
    error: (_facts: object, sentence: string) => said.push(`error ${sentence}`),
  };
  await checkDurability(version, { monitorUrls, allowsLazySync }, log);
  return said;
}

describe('Q1: before anybody is told that mail is accepted', () => {
  test('a NATS that syncs each record is taken without a word, and so is a cluster of them', async () => {
    const url = await monitor(always);
    expect(await check('2.12.1', url)).toEqual([]);
    expect(await check('2.10.0', `${url}, ${await monitor(always)}`)).toEqual([]);
  });

  test('one that could and does not ends the start with a sentence', async () => {
    const url = await monitor(lazy);
    await expect(check('2.12.1', url)).rejects.toThrow(
      `NATS at ${url} acknowledges records before they are on`,
    );
    await expect(check('2.12.1', `${await monitor(always)},${url}`)).rejects.toThrow('ALLOW_LAZY_FSYNC=true');
    await expect(check('2.12.1', await monitor({}))).rejects.toThrow('sync_interval: always');
  });

  test('unless the operator allows it: then it is said once', async () => {
    expect(await check('2.12.1', await monitor(lazy), true)).toEqual([
      expect.stringMatching(/^warn .* a power failure may lose accepted mail$/),
    ]);
  });

  test.each(['2.9.10', '2.8.4', '1.4.0'])(
    '%s can not: that is said plainly, and no more',
    async (version) => {
      expect(await check(version, 'http://127.0.0.1:1')).toEqual([
        expect.stringMatching(/^warn .* a power failure may lose accepted mail .* before 2\.10/),
      ]);
    },
  );

  test('without a monitoring port nobody knows, and that is said', async () => {
    expect(await check('2.12.1', undefined)).toEqual([
      expect.stringMatching(/^info whether NATS syncs .* not known/),
    ]);
  });

  test('what answers, but not as NATS does, is a mistake in the settings', async () => {
    const isNot = 'is not the monitoring port of NATS';
    await expect(check('2.12.1', await monitor('hello'))).rejects.toThrow(isNot);
    await expect(check('2.12.1', await monitor('{}'))).rejects.toThrow(isNot);
    await expect(check('2.12.1', 'nonsense')).rejects.toThrow(`NATS_MONITOR_URL nonsense ${isNot}`);
  });
});
