// The listener of the return path: who may bring what, and what each of them is answered.
import { eventually } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import { sample, useReturnWorld } from './support/return-world.ts';

const world = useReturnWorld();

describe('a host on the return path', () => {
  test.each([
    'someone@example.com',
    'app@sender.test',
    `${'0'.repeat(60)}@returns.test`,
    'someone%example.com@returns.test',
    '"someone@example.com"@returns.test',
  ])('4.1: nothing is relayed: RCPT TO:<%s> is unknown', async (address) => {
    expect(await (await world.host()).bring([address], 'Subject: x\n\nx\n')).toBe(
      '550 5.1.1 No such address here',
    );
  });

  test('may bring it over TLS, is known by nothing it said before, and brings nothing behind STARTTLS', async () => {
    const sent = await world.send();
    const bringing = await world.host();
    await bringing.say('MAIL FROM:<>');
    await bringing.secure();
    expect(await bringing.say('DATA')).toMatch(/^503 /);
    await bringing.say('EHLO mx1.receiver.test');
    expect(await bringing.bring([sent.address], sample('qmail-plain'))).toMatch(/^250 /);
    const sneaky = await world.host();
    sneaky.write('STARTTLS\r\nMAIL FROM:<>\r\n');
    expect(await sneaky.reply()).toMatch(/^554 /);
    await sneaky.closed();
  });

  test('that brings neither report nor answer is refused', async () => {
    const sent = await world.send();
    const reply = await (await world.host()).bring([sent.address], sample('newsletter'), 'news@shop.test');
    expect(reply).toBe('554 5.6.0 Only reports, complaints and automatic answers are taken here');
    expect(await world.counted('refused')).toBe(1);
  });

  test('mail to postmaster goes to the one who reads it', async () => {
    const postmaster = 'Postmaster@returns.test';
    const text = 'From: a@b.test\nSubject: your host is listed\n\nplease look, ticket-7\n';
    const bringing = await world.host();
    expect(await bringing.bring([postmaster], text, 'a@b.test')).toMatch(/^250 /);
    expect(await world.toldTo('admin@sender.test', 'ticket-7')).toHaveLength(1);
    expect(await bringing.bring([postmaster], 'no header section\n', 'a@b.test')).toMatch(/^554 /);
    const circling = 'Received: from here\n'.repeat(40) + text;
    expect(await bringing.bring([postmaster], circling, 'a@b.test')).toMatch(/^554 /);
  });

  test.each([
    ['MAIL FROM:<> SIZE=99999999999', /^552 /],
    ['RCPT TO:<a@b.test>', /^503 /],
    ['AUTH PLAIN AGEAYg==', /^503 /],
    ['EXPN list', /^502 /],
    ['BDAT 3 LAST', /^502 /],
    ['HELLO', /^500 /],
  ])('4.1: %s has one clear answer', async (line, reply) => {
    expect(await (await world.host()).say(line)).toMatch(reply);
  });

  test('4.1 row 25: is closed after twenty mistakes', async () => {
    const bringing = await world.host();
    const replies: string[] = [];
    for (let mistakes = 0; mistakes < 20; mistakes += 1) replies.push(await bringing.say('NONSENSE'));
    expect(replies.every((reply) => reply.startsWith('500 '))).toBe(true);
    expect(await bringing.reply()).toMatch(/^421 4\.7\.0 /);
    await bringing.closed();
  });

  test('is told 421 when there is no place for it, and not for ever', async () => {
    await world.close();
    await world.open({ maxConnections: 2 });
    const first = await world.host();
    expect(await world.greeting()).toMatch(/^421 4\.3\.2 /);
    first.end();
    await eventually(() => world.returns.connections() === 0, { what: 'the place' });
    await world.host();
  });

  test('is told to come again while NATS is away, and its report is recorded then, once', async () => {
    const sent = await world.send();
    const bringing = await world.host();
    await world.nats.kill();
    expect(await bringing.bring([sent.address], sample('exim-unrouteable'))).toMatch(/^451 4\.3\.0 /);
    await world.nats.restart();
    await eventually(() => world.bus.isConnected(), { what: 'NATS', timeoutMs: 15_000 });
    expect(await bringing.bring([sent.address], sample('exim-unrouteable'))).toMatch(/^250 /);
    expect(await world.eventsOf(sent)).toMatchObject([{ bounce: { bounceSubType: 'MailboxFull' } }]);
  });
});
