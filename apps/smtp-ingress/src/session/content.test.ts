import { eventually } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import { storeTurns } from '../store-turns.ts';
import { ID, useListener } from '../../test/support/start-listener.ts';

const head = 'From: a@x.test\r\n\r\n';
const line = `${'x'.repeat(98)}\r\n`;

describe('CHUNKING (RFC 3030)', () => {
  const mail = useListener();

  async function readyForChunks() {
    const client = await mail.authenticated();
    await client.say('MAIL FROM:<a@x.test>', /^250 Ok\r\n/);
    await client.say('RCPT TO:<b@y.test>', /^250 Ok\r\n/);
    return client;
  }

  test('one chunk, and dots are just dots', async () => {
    const client = await readyForChunks();
    const content = `${head}..\r\n.\r\nend\r\n`;
    client.write(`BDAT ${String(content.length)} LAST\r\n${content}NOOP\r\n`);
    await client.expect(new RegExp(`^250 Ok ${ID}\r\n250 Ok\r\n`));
    expect(mail.submissions[0]?.content.toString()).toBe(content);
  });

  test('chunks may end anywhere, even between CR and LF, and be empty', async () => {
    const client = await readyForChunks();
    client.write(`BDAT 15\r\nFrom: a@x.test\rBDAT 0\r\nBDAT 4\r\n\n\r\nxBDAT 2 LAST\r\n\r\n`);
    await client.expect(/^250 15 octets.*\r\n250 0 octets.*\r\n250 4 octets.*\r\n250 Ok 0.*\r\n/);
    expect(mail.submissions[0]?.content.toString()).toBe(`${head}x\r\n`);
  });

  test('a whole transaction and the next, pipelined', async () => {
    const client = await mail.authenticated();
    const one = `MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nBDAT ${String(head.length)}\r\n${head}BDAT 3 LAST\r\nx\r\n`;
    client.write(`${one}${one}QUIT\r\n`);
    await client.expect(/^(?:250 Ok\r\n250 Ok\r\n250 18 octets.*\r\n250 Ok 0.*\r\n){2}221 Bye\r\n$/);
    expect(mail.submissions).toHaveLength(2);
  });

  test('4.1 row 10: the bytes of a refused chunk are no commands', async () => {
    const client = await mail.authenticated();
    client.write('BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n');
    await client.expect(/^503 5\.5\.1 .*\r\n250 Ok\r\n/);
  });

  test.each([
    ['in the clear', () => mail.plain(), /^530 .*\r\n421 4\.7\.0 .*\r\n$/],
    ['out of order', () => mail.authenticated(), /^503 .*\r\n421 4\.7\.0 .*\r\n$/],
  ])(
    '4.1 row 10: a chunk %s that no message could hold is not waited for',
    async (_title, begin, pattern) => {
      const client = await begin();
      client.write('BDAT 999999999999999\r\nxxx');
      await client.expect(pattern);
      await client.closed();
    },
  );

  test.each(['DATA', 'RCPT TO:<c@y.test>', 'MAIL FROM:<c@x.test>'])(
    '4.1 row 10: %s may not follow BDAT',
    async (command) => {
      const client = await readyForChunks();
      client.write(`BDAT 3\r\nabc${command}\r\n`);
      await client.expect(/^250 3 octets.*\r\n503 5\.5\.1 .*\r\n/);
    },
  );

  test('RSET between chunks throws away what came', async () => {
    const client = await readyForChunks();
    client.write('BDAT 3\r\nabcRSET\r\nBDAT 0 LAST\r\n');
    await client.expect(/^250 3 octets.*\r\n250 Ok\r\n503 .*\r\n/);
    expect(mail.submissions).toEqual([]);
    expect(mail.room.heldBytes).toBe(0);
  });

  test.each([
    ['4.1 row 19: a bare LF', 'a\nb\r\n', /^554 5\.6\.0 /],
    ['4.1 row 19: a CR at the very end', 'a\r', /^554 5\.6\.0 /],
    ['4.1 row 21: a line over 998 octets', `${'x'.repeat(999)}\r\n`, /^554 5\.6\.0 /],
    ['4.1 row 14: more than is allowed', line.repeat(1001), /^552 Message is too long\.\r\n/],
  ])('%s is refused as behind DATA', async (_title, body, pattern) => {
    const client = await readyForChunks();
    client.write(`BDAT ${String(head.length + body.length)} LAST\r\n${head}${body}`);
    await client.expect(pattern);
    expect(mail.submissions).toEqual([]);
    await client.say('NOOP', /^250 Ok\r\n/);
  });
});

describe('SMTPUTF8 (RFC 6531)', () => {
  const mail = useListener();

  test('is offered, and addresses beyond ASCII are taken by who asks for it', async () => {
    const client = await mail.authenticated();
    client.write('EHLO client.test\r\n');
    expect(await client.expect(/250-in[^]*250 Ok\r\n/)).toContain('250-SMTPUTF8\r\n');
    await client.say('MAIL FROM:<grün@x.test> SMTPUTF8', /^250 Ok\r\n/);
    await client.say('RCPT TO:<用户@例え.test>', /^250 Ok\r\n/);
    await client.say('DATA', /^354/);
    await client.say(`${head}x\r\n.`, /^250 Ok 0/);
    expect(mail.submissions).toMatchObject([
      { reversePath: 'grün@x.test', recipients: ['用户@xn--r8jz45g.test'], smtpUtf8: true },
    ]);
  });

  test('4.1 row 22: without SMTPUTF8 they are refused', async () => {
    const client = await mail.authenticated();
    await client.say('MAIL FROM:<grün@x.test>', /^553 5\.6\.7 /);
    await client.say('MAIL FROM:<a@x.test>', /^250/);
    await client.say('RCPT TO:<grün@y.test>', /^553 5\.6\.7 /);
  });
});

describe('large content', () => {
  const facts = { heloName: 'in.sealpost.test', maxMessageBytes: 5_000_000, isOverloaded: () => false };
  const mail = useListener({ deps: { facts, inlineBytes: 200_000 } });

  test('T13: goes to the door as it arrives, byte for byte', async () => {
    const client = await mail.readyForContent();
    const body = `.${line}`.repeat(40_000);
    client.write(`${head}${body.replaceAll(/^\./gm, '..')}.\r\n`);
    await client.expect(new RegExp(`^250 Ok ${ID}\r\n`));
    expect(mail.submissions[0]).toMatchObject({ isStreamed: true });
    expect(mail.submissions[0]?.content.equals(Buffer.from(head + body))).toBe(true);
    expect(mail.room.heldBytes).toBe(0);
  });

  test.each([
    ['4.1 row 14: too much', line.repeat(60_000), /^552 Message is too long\.\r\n/],
    ['4.1 row 19: a bare LF at its very end', `${line.repeat(10_000)}a\nb\r\n`, /^554 5\.6\.0 /],
  ])('%s is refused when it has arrived, and the session goes on', async (_title, body, pattern) => {
    const client = await mail.readyForContent();
    client.write(`${head}${body}.\r\n`);
    await client.expect(pattern);
    expect(mail.submissions).toEqual([]);
    expect(mail.room.heldBytes).toBe(0);
    await client.say('NOOP', /^250 Ok\r\n/);
  });

  test('4.1 row 28: refused for its header section, the rest is thrown away and the answer comes at its end', async () => {
    mail.answer = () =>
      Promise.resolve({ kind: 'refused', refusal: { code: 'invalid-content', message: 'Why not.' } });
    const client = await mail.readyForContent();
    client.write(`${head}${line.repeat(30_000)}.\r\nNOOP\r\n`);
    await client.expect(/^554 Transaction failed: Why not\.\r\n250 Ok\r\n/);
  });

  test('4.1 row 31: a disconnect in the middle accepts nothing and holds nothing', async () => {
    const client = await mail.readyForContent();
    client.write(`${head}${line.repeat(20_000)}`);
    await eventually(() => mail.room.heldBytes === 0 && client.socket.bytesWritten > 2_000_000);
    client.socket.destroy();
    await eventually(() => mail.listener.connections() === 0);
    expect(mail.submissions).toEqual([]);
  });

  test('is taken one after the other when all places are in use', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => mail.readyForContent()));
    for (const client of clients) client.write(`${head}${line.repeat(10_000)}.\r\n`);
    for (const client of clients) await client.expect(/^250 Ok 0/);
    expect(mail.submissions).toHaveLength(8);
    expect(mail.room.heldBytes).toBe(0);
  });
});

describe('large content and the turns at the store', () => {
  const facts = { heloName: 'in.sealpost.test', maxMessageBytes: 5_000_000, isOverloaded: () => false };
  const turns = storeTurns({ maxActive: 1, maxWaitMs: 300 });
  const mail = useListener({ deps: { facts, inlineBytes: 200_000, turns } });

  test('Q15: one that comes slowly holds up nobody, behind DATA or between chunks', async () => {
    const slow = await mail.readyForContent();
    slow.write(`${head}${line.repeat(4000)}`);
    const chunked = await mail.authenticated();
    chunked.write(`MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nBDAT ${String(head.length + 400_000)}\r\n`);
    chunked.write(`${head}${line.repeat(4000)}`);
    await chunked.expect(/^250 Ok\r\n250 Ok\r\n250 400018 octets.*\r\n/);
    const quick = await mail.readyForContent();
    quick.write(`${head}${line.repeat(10_000)}.\r\n`);
    await quick.expect(/^250 Ok 0/);
    await chunked.say('BDAT 0 LAST', /^250 Ok 0/);
    await slow.say('.', /^250 Ok 0/);
    expect(mail.submissions.map(({ content }) => content.length)).toEqual([1_000_018, 400_018, 400_018]);
    expect(mail.room.heldBytes).toBe(0);
  });

  test('Q15: one whose turn does not come is answered with 451, and the session goes on', async () => {
    const holder = turns.open();
    await holder.begin();
    const client = await mail.readyForContent();
    client.write(`${head}${line.repeat(30_000)}.\r\nNOOP\r\n`);
    await client.expect(/^451 Temporary service failure\r\n250 Ok\r\n/);
    holder.end();
    expect(mail.submissions).toEqual([]);
    expect(mail.room.heldBytes).toBe(0);
    await client.say('MAIL FROM:<a@x.test>', /^250/);
  });

  test('4.1 row 31: a disconnect while it waits leaves the queue, and holds nothing', async () => {
    const holder = turns.open();
    await holder.begin();
    const client = await mail.readyForContent();
    client.write(`${head}${line.repeat(4000)}`);
    await eventually(() => mail.room.heldBytes > 200_000);
    client.socket.destroy();
    await eventually(() => mail.room.heldBytes === 0);
    holder.end();
    expect(await holder.begin()).toBe(true);
    holder.end();
  });
});

describe('when memory is short', () => {
  const facts = { heloName: 'in.sealpost.test', maxMessageBytes: 5_000_000, isOverloaded: () => false };
  const mail = useListener({ deps: { facts }, room: { maxBytes: 100_000 } });

  test('Q15: content that would be gathered goes to the door as it arrives, small content is gathered', async () => {
    const client = await mail.readyForContent();
    client.write(`${head}${line.repeat(4000)}.\r\n`);
    await client.expect(/^250 Ok 0/);
    expect(mail.submissions[0]?.isStreamed).toBe(true);
    const small = await mail.readyForContent();
    await small.say(`${head}small\r\n.`, /^250 Ok 0/);
    expect(mail.submissions[1]?.isStreamed).toBe(false);
  });
});
