import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Identity } from '@sealpost/contracts';
import type { IdentityResult, PolicyClient } from '@sealpost/policy-client';
import { eventually, type DnsZone } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { watchDns } from '../src/identities/watch-dns.ts';
import { log, startPolicyService, type RunningPolicyService } from './support/start-policy-service.ts';

function identityOf(result: { readonly kind: string } | IdentityResult): Identity {
  if (!('identity' in result)) throw new Error(`no identity: ${JSON.stringify(result)}`);
  return result.identity;
}

describe('identities, with verification off', () => {
  let running: RunningPolicyService;
  let client: PolicyClient;

  beforeAll(async () => {
    running = await startPolicyService();
    ({ client } = running);
  });

  afterAll(() => running.stop());

  const signingKeysOf = async (address: string) => {
    const resolved = await client.resolveSender(address);
    return resolved.kind === 'sender' ? resolved.sender.signingKeys : [];
  };

  test('a domain gets three selectors, signs with RSA and Ed25519, and no private key is told or stored in the clear', async () => {
    const identity = identityOf(await client.createIdentity('Shop.Example', { signing: 'own' }));
    expect(identity).toMatchObject({
      name: 'shop.example',
      verification: { status: 'SUCCESS' },
      dkim: { isEnabled: true, isExternal: false, status: 'SUCCESS' },
    });
    expect(identity.dkim.keys.map(({ algorithm, isSpare }) => [algorithm, isSpare])).toEqual([
      ['rsa', false],
      ['ed25519', false],
      ['rsa', true],
    ]);
    expect(identity.dkim.keys.every(({ sealedPrivateKey }) => sealedPrivateKey.length === 0)).toBe(true);
    const keys = await signingKeysOf('news@shop.example');
    expect(keys.map(({ domain, selector }) => [domain, selector])).toEqual(
      identity.dkim.keys.slice(0, 2).map(({ selector }) => ['shop.example', selector]),
    );
    const [rsa] = keys;
    const published = rsa && createPublicKey(rsa.privateKey).export({ type: 'spki', format: 'der' });
    expect(published).toEqual(identity.dkim.keys[0]?.publicKey);
    const [stored] = await running.bucket.keys('identity.');
    const bytes = Buffer.from((await running.bucket.get(stored ?? ''))?.value ?? []);
    expect(
      bytes.includes(rsa?.privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-80, -40) ?? ''),
    ).toBe(false);
  });

  test('asking again changes nothing; keys of the caller replace ours, and ours theirs', async () => {
    const first = identityOf(await client.createIdentity('again.example', { signing: 'own' }));
    expect((await client.createIdentity('again.example', { signing: 'own' })).kind).toBe('exists');
    const again = identityOf(await client.updateIdentity('again.example', { signing: 'own' }));
    expect(again.dkim.keys).toEqual(first.dkim.keys);
    const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const privateKey = own.privateKey.export({ type: 'pkcs1', format: 'der' }).toString('base64');
    const external = identityOf(
      await client.updateIdentity('again.example', { signing: { selector: 'mail1', privateKey } }),
    );
    expect(external.dkim).toMatchObject({
      isExternal: true,
      keys: [{ selector: 'mail1', algorithm: 'rsa' }],
    });
    expect((await signingKeysOf('x@again.example')).map(({ selector }) => selector)).toEqual(['mail1']);
    const back = identityOf(await client.updateIdentity('again.example', { signing: 'own' }));
    expect(back.dkim.keys).toHaveLength(3);
  });

  test.each([
    ['no key', 'bm9wZQ==', 'private key'],
    ['an EC key', exported(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey), 'private key'],
    [
      'a weak key',
      exported(generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey),
      '1024 to 4096 bits',
    ],
  ])('%s is refused as a signing key', async (_, privateKey, words) => {
    const result = await client.createIdentity('bad.example', { signing: { selector: 's', privateKey } });
    expect(result.kind === 'invalid' && result.message).toContain(words);
    expect((await client.getIdentity('bad.example')).kind).toBe('unknown');
  });

  test('an address inherits from its domain, a subdomain from the one above, and each may decide for itself', async () => {
    await client.createIdentity('parent.example', { signing: 'own', configurationSet: 'of-parent' });
    await client.createIdentity('sub.parent.example', {});
    await client.createIdentity('quiet@parent.example', { configurationSet: 'of-address' });
    expect((await signingKeysOf('a@sub.parent.example'))[0]?.domain).toBe('parent.example');
    expect((await signingKeysOf('quiet@parent.example')).length).toBe(2);
    await client.updateIdentity('quiet@parent.example', { dkimEnabled: false });
    expect(await signingKeysOf('quiet+label@parent.example')).toEqual([]);
    expect((await signingKeysOf('Quiet@parent.example')).length).toBe(2);
    expect(await client.resolveSender('quiet@parent.example')).toMatchObject({
      sender: { configurationSet: 'of-address' },
    });
    expect(await client.resolveSender('a@sub.parent.example')).toMatchObject({
      sender: { configurationSet: 'of-parent' },
    });
    await client.updateIdentity('sub.parent.example', { signing: 'own', dkimEnabled: false });
    expect(await signingKeysOf('a@sub.parent.example')).toEqual([]);
  });

  test('identities are listed by kind, page by page, and deleted', async () => {
    const first = await client.listIdentities({ pageSize: 2, kind: 'domain' });
    if (first.kind !== 'page') throw new Error(first.kind);
    expect(first.identities.map(({ name }) => name)).toEqual(['again.example', 'parent.example']);
    expect(first.hasMore).toBe(true);
    const addresses = await client.listIdentities({ pageSize: 10, kind: 'address' });
    expect(addresses.kind === 'page' && addresses.identities.map(({ name }) => name)).toEqual([
      'quiet@parent.example',
    ]);
    expect((await client.deleteIdentity('parent.example')).kind).toBe('deleted');
    expect((await client.deleteIdentity('parent.example')).kind).toBe('unknown');
    expect(await signingKeysOf('other@parent.example')).toEqual([]);
  });

  test.each(['', 'no-dot', '@x.example', 'a b@x.example', '10.0.0.1', '../x', `${'x'.repeat(64)}.example`])(
    'what is neither domain nor address is refused: %j',
    async (name) => {
      expect((await client.createIdentity(name, {})).kind).toBe('invalid');
      expect((await client.getIdentity(name)).kind).toBe('unknown');
    },
  );
});

describe('identities, verified through DNS', () => {
  const clock = { now: Date.UTC(2026, 10, 24) };
  let running: RunningPolicyService;
  let client: PolicyClient;

  beforeAll(async () => {
    running = await startPolicyService({ verifies: true, clock });
    ({ client } = running);
  });

  afterAll(() => running.stop());

  const look = async (name: string) => {
    await running.identities.look(identityOf(await client.getIdentity(name)));
    return identityOf(await client.getIdentity(name));
  };
  const isVerified = async (address: string) => {
    const resolved = await client.resolveSender(address);
    return resolved.kind === 'sender' && resolved.sender.isVerified;
  };
  const keyRecords = ({ name, dkim }: Identity): DnsZone =>
    Object.fromEntries(
      dkim.keys.map(({ selector, algorithm, publicKey }) => [
        `${selector}._domainkey.${name}`,
        { TXT: [`v=DKIM1; k=${algorithm}; p=${publicKey.toString('base64')}`] },
      ]),
    );

  test('the TXT record at _amazonses proves a domain, its addresses and its subdomains', async () => {
    const { verification } = identityOf(await client.createIdentity('txt.example', {}));
    expect(verification.status).toBe('PENDING');
    expect(await isVerified('a@txt.example')).toBe(false);
    running.dns.setZone({ '_amazonses.txt.example': { TXT: ['something else', verification.token] } });
    expect((await look('txt.example')).verification.status).toBe('SUCCESS');
    await eventually(() => isVerified('a@txt.example'));
    expect(await isVerified('b@deep.sub.txt.example')).toBe(true);
    expect(await isVerified('a@other.example')).toBe(false);
  });

  test('the DKIM record proves a domain, and only keys that are published sign', async () => {
    const made = identityOf(await client.createIdentity('dkim.example', { signing: 'own' }));
    const records = keyRecords(made);
    const [first = '', second = ''] = Object.keys(records);
    running.dns.setZone({ [first]: records[first] ?? 'NXDOMAIN', [second]: 'SERVFAIL' });
    const seen = await look('dkim.example');
    expect(seen).toMatchObject({ verification: { status: 'SUCCESS' }, dkim: { status: 'SUCCESS' } });
    expect(seen.dkim.keys.map(({ isPublished }) => isPublished)).toEqual([true, false, false]);
    await eventually(async () => {
      const resolved = await client.resolveSender('a@dkim.example');
      return resolved.kind === 'sender' && resolved.sender.signingKeys.length === 1;
    });
  });

  test('a domain whose record goes away keeps sending and is told as a temporary failure', async () => {
    const { verification } = identityOf(await client.createIdentity('gone.example', {}));
    running.dns.setZone({ '_amazonses.gone.example': { TXT: [verification.token] } });
    await look('gone.example');
    running.dns.setZone({ '_amazonses.gone.example': 'SERVFAIL' });
    expect((await look('gone.example')).verification.status).toBe('TEMPORARY_FAILURE');
    expect(await isVerified('a@gone.example')).toBe(true);
  });

  test('a domain whose record is gone for 72 hours may not send any more', async () => {
    const { verification } = identityOf(await client.createIdentity('lost.example', {}));
    running.dns.setZone({ '_amazonses.lost.example': { TXT: [verification.token] } });
    expect((await look('lost.example')).verification.status).toBe('SUCCESS');
    clock.now += 200 * 3600 * 1000;
    running.dns.setZone({});
    expect((await look('lost.example')).verification.status).toBe('TEMPORARY_FAILURE');
    clock.now += 71 * 3600 * 1000;
    expect((await look('lost.example')).verification.status).toBe('TEMPORARY_FAILURE');
    clock.now += 3600 * 1000;
    expect((await look('lost.example')).verification.status).toBe('FAILED');
    await eventually(async () => !(await isVerified('a@lost.example')));
  });

  test('after 72 hours without a record verification has failed, until it is asked for again', async () => {
    await client.createIdentity('never.example', {});
    running.dns.setZone({});
    expect((await look('never.example')).verification.status).toBe('PENDING');
    clock.now += 72 * 3600 * 1000;
    expect((await look('never.example')).verification.status).toBe('FAILED');
    const again = identityOf(await client.updateIdentity('never.example', { verifyAgain: true }));
    expect(again.verification.status).toBe('PENDING');
  });

  test('the watch finds a record without being asked', async () => {
    const { verification } = identityOf(await client.createIdentity('watched.example', {}));
    running.dns.setZone({ '_amazonses.watched.example': { TXT: [verification.token] } });
    const watch = watchDns(running.identities, () => clock.now + 60_000, log);
    await eventually(() => isVerified('a@watched.example'));
    await watch.close();
  });
});

function exported(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'der' }).toString('base64');
}
