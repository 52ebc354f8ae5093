// The commands of a message behind the content of the one before, in one group (RFC 2920 §3.1): over one connection at a
// time, so that who follows whom is known. T11, T13, T15; faults 4.6 rows 97, 100, 101, 105 and 106.
import { eventually, gate, type ReceiverRule, type ReceiverScript } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import { plainContent, plaintextOfMail, toldOf, useOutbounds, type Outbound } from './support/outbound.ts';

const outbound = useOutbounds({ concurrency: 1 });

const hostName = 'mx1.y.test';

/** A receiver that was served once, and from now on follows the script. */
async function served(script: ReceiverScript): Promise<Outbound> {
  const out = await outbound({ hosts: { [hostName]: script }, domains: { 'y.test': [hostName] } });
  expect(toldOf(await out.send({ to: 'first@y.test' }))).toEqual(['delivered']);
  return out;
}

function setRules(out: Outbound, rules: readonly ReceiverRule[], script: ReceiverScript = {}): void {
  out.host(hostName).setScript({ hostName, ...script, rules });
}

const linesOf = (out: Outbound): readonly string[] =>
  out
    .host(hostName)
    .connections()
    .flatMap(({ commands }) => commands.map(({ line }) => line));

/** What came over the first connection behind `text`. */
function behind(out: Outbound, text: string): string {
  const [connection] = out.host(hostName).connections();
  const bytes = connection?.tls === undefined ? connection?.plaintext : connection.insideTls;
  return bytes?.toString('latin1').split(text).slice(1).join(text) ?? '';
}

const contentOf = (name: string): Buffer =>
  Buffer.from(`Subject: ${name}\r\n\r\n.${name} begins with a dot\r\n${'x'.repeat(9000)}\r\n`);

describe('the next message’s commands come behind a content', () => {
  test('T13: before the reply to it, and each content arrives as it was', async () => {
    const held = gate();
    const out = await served({});
    setRules(out, [{ on: 'content', after: held.opened, times: 1 }]);
    const names = ['one', 'two', 'three'];
    const sent = names.map((name) => out.send({ to: `${name}@y.test`, content: contentOf(name) }));
    await eventually(() => behind(out, 'Subject: one').includes('RCPT TO:<two@y.test>\r\nDATA\r\n'));
    held.open();
    expect((await Promise.all(sent)).flatMap(toldOf)).toEqual(['delivered', 'delivered', 'delivered']);
    const host = out.host(hostName);
    expect(host.connections()).toHaveLength(1);
    expect(
      host
        .messages()
        .slice(1)
        .map(({ recipients: [to], content }) => [to, content.toString()]),
    ).toEqual(names.map((name) => [`${name}@y.test`, contentOf(name).toString()]));
  });

  test('each attempt tells its own part of the conversation', async () => {
    const out = await served({});
    const both = [out.send({ to: 'one@y.test' }), out.send({ to: 'two@y.test' })];
    for (const report of both) {
      const { dialogue, outcomes } = await report;
      expect(dialogue.map(({ line }) => line)).toEqual([
        'MAIL FROM:<a@x.test> SIZE=47',
        `RCPT TO:<${String(outcomes[0]?.recipient)}>`,
        'DATA',
        '250 2.1.0 Ok',
        '250 2.1.5 Ok',
        '354 End data with <CR><LF>.<CR><LF>',
        '250 2.0.0 Ok: queued',
      ]);
    }
  });

  test('of one alone, until a receiver that was not met before has answered those', async () => {
    const held = gate();
    const out = await served({});
    setRules(out, [
      { on: 'content', times: 1 },
      { on: 'content', after: held.opened, times: 1 },
    ]);
    const sent = ['one', 'two', 'three'].map((name) => out.send({ to: `${name}@y.test` }));
    await eventually(() => behind(out, 'RCPT TO:<two@y.test>').includes('\r\n.\r\n'));
    expect(behind(out, 'RCPT TO:<two@y.test>')).not.toContain('MAIL FROM');
    held.open();
    expect((await Promise.all(sent)).flatMap(toldOf)).toEqual(['delivered', 'delivered', 'delivered']);
  });

  test('also of a content of many blocks, and of one in chunks nothing does', async () => {
    const large = Buffer.concat([plainContent, Buffer.from(`${'.x'.repeat(38)}\r\n`.repeat(20_000))]);
    const capabilities = ['PIPELINING', 'SIZE', 'CHUNKING'];
    const out = await served({ capabilities });
    const held = gate();
    setRules(out, [{ on: 'content', after: held.opened }], { capabilities });
    const openEnded = Buffer.from('Subject: open\r\n\r\nan open last line');
    const sent = [large, openEnded, plainContent].map((content, index) =>
      out.send({ to: `r${String(index)}@y.test`, content }),
    );
    await eventually(() => linesOf(out).includes('RCPT TO:<r0@y.test>'));
    held.open();
    expect((await Promise.all(sent)).flatMap(toldOf)).toEqual(['delivered', 'delivered', 'delivered']);
    const contents = out
      .host(hostName)
      .messages()
      .slice(1)
      .map(({ content }) => content);
    expect([large, openEnded, plainContent].every((each, index) => contents[index]?.equals(each))).toBe(true);
  });

  test('row 103: not where PIPELINING is not offered', async () => {
    const capabilities = ['SIZE'];
    const out = await served({ capabilities });
    const held = gate();
    setRules(out, [{ on: 'content', after: held.opened, times: 1 }], { capabilities });
    const sent = ['one', 'two'].map((name) => out.send({ to: `${name}@y.test` }));
    await eventually(() => behind(out, 'RCPT TO:<one@y.test>').includes('\r\n.\r\n'));
    expect(behind(out, 'RCPT TO:<one@y.test>')).not.toContain('MAIL FROM');
    held.open();
    expect((await Promise.all(sent)).flatMap(toldOf)).toEqual(['delivered', 'delivered']);
    expect(
      out
        .host(hostName)
        .connections()
        .map(({ pipelinedUnasked }) => pipelinedUnasked),
    ).toEqual([false]);
  });
});

describe('what the receiver says to one message is about that one', () => {
  test.each([
    ['554 5.7.1 Spam', 'bounced 5.7.1'],
    ['451 4.3.0 Later', 'deferred 4.3.0'],
  ])('a content that is refused with %s', async (reply, told) => {
    const out = await served({});
    setRules(out, [{ on: 'content', reply, times: 1 }]);
    const sent = ['one', 'two'].map((name) => out.send({ to: `${name}@y.test` }));
    expect((await Promise.all(sent)).flatMap(toldOf)).toEqual([told, 'delivered']);
    expect(out.host(hostName).connections()).toHaveLength(1);
  });

  test('row 101: a recipient that is refused: the next message’s commands come behind RSET', async () => {
    const held = gate();
    const out = await served({});
    setRules(out, [
      { on: 'RCPT', recipient: 'full@y.test', reply: '452 4.2.2 Full' },
      { on: 'RCPT', recipient: 'gone@y.test', reply: '550 5.1.1 Unknown' },
      { on: 'RSET', after: held.opened, times: 1 },
    ]);
    const to = ['full@y.test', 'gone@y.test', 'two@y.test', ['full@y.test', 'three@y.test']];
    const sent = to.map((each) => out.send({ to: each }));
    await eventually(() => behind(out, 'RSET\r\n').includes('RCPT TO:<gone@y.test>\r\nDATA\r\n'));
    held.open();
    expect((await Promise.all(sent)).map(toldOf)).toEqual([
      ['deferred 4.2.2'],
      ['bounced 5.1.1'],
      ['delivered'],
      ['deferred 4.2.2', 'delivered'],
    ]);
    expect(out.host(hostName).connections()).toHaveLength(1);
    expect(linesOf(out).filter((line) => line === 'RCPT TO:<gone@y.test>')).toHaveLength(1);
  });

  const inTheClear = { starttls: 'absent', capabilities: ['PIPELINING', 'SIZE'] } as const;
  const wantsTls = '530 5.7.0 Must issue a STARTTLS command first';

  test.each<[string, readonly string[], ReceiverScript, readonly ReceiverRule[]]>([
    ['RCPT wants TLS', ['a@y.test'], inTheClear, [{ on: 'RCPT', reply: wantsTls, times: 1 }]],
    ['MAIL wants TLS', ['a@y.test'], inTheClear, [{ on: 'MAIL', reply: wantsTls, times: 1 }]],
    [
      'PIPELINING is not offered',
      ['a@y.test'],
      { capabilities: ['SIZE'] },
      [{ on: 'RCPT', reply: '550 5.1.1 No', times: 1 }],
    ],
    [
      'one recipient was too many',
      ['a@y.test', 'b@y.test'],
      {},
      [
        { on: 'RCPT', recipient: 'b@y.test', reply: '452 4.5.3 Too many', times: 1 },
        { on: 'DATA', reply: '451 4.3.0 Later', times: 1 },
      ],
    ],
  ])('RSET goes alone where the session is still needed, or nothing may follow: %s', async (...row) => {
    const [, to, script, rules] = row;
    const out = await served(script);
    const held = gate();
    setRules(out, [...rules, { on: 'RSET', after: held.opened, times: 1 }], script);
    const sent = [out.send({ to }), out.send({ to: 'two@y.test' })];
    await eventually(() => linesOf(out).includes('RSET'));
    expect(behind(out, 'RSET\r\n')).toBe('');
    held.open();
    expect((await Promise.all(sent)).flatMap(toldOf)).toContain('delivered');
  });

  test('an RSET that is refused ends the session, and the one behind goes over another', async () => {
    const out = await served({});
    setRules(out, [
      { on: 'RCPT', recipient: 'gone@y.test', reply: '550 5.1.1 Unknown' },
      { on: 'RSET', reply: '421 4.3.2 Shutting down', then: 'close', times: 1 },
    ]);
    const sent = ['gone', 'two'].map((name) => out.send({ to: `${name}@y.test` }));
    expect((await Promise.all(sent)).flatMap(toldOf)).toEqual(['bounced 5.1.1', 'delivered']);
    expect(out.host(hostName).connections()).toHaveLength(2);
    expect(linesOf(out).filter((line) => line === 'RCPT TO:<gone@y.test>')).toHaveLength(1);
  });

  test('a recipient refused in the second transaction of one that follows is asked once', async () => {
    const out = await served({});
    setRules(out, [
      { on: 'RCPT', recipient: 'y@y.test', reply: '452 4.5.3 Too many', times: 1 },
      { on: 'RCPT', recipient: 'y@y.test', reply: '550 5.1.1 Unknown' },
      { on: 'RSET', reply: '500 5.5.1 What?', times: 1 },
    ]);
    const sent = [out.send({ to: 'one@y.test' }), out.send({ to: ['x@y.test', 'y@y.test'] })];
    expect((await Promise.all(sent)).flatMap(toldOf)).toEqual(['delivered', 'delivered', 'bounced 5.1.1']);
    expect(linesOf(out).filter((line) => line === 'RCPT TO:<y@y.test>')).toHaveLength(2);
    await eventually(() => linesOf(out).includes('QUIT'));
  });

  test.each<[string, ReceiverRule, string, string[]]>([
    ['421 to its MAIL', { on: 'MAIL' }, 'delivered', ['overloaded', 'served']],
    ['421 to its content', { on: 'content' }, 'deferred 4.3.2', ['overloaded']],
  ])('row 106: one that follows and gets %s: it is known for that', async (_what, rule, told, conducts) => {
    const out = await served({});
    const shutdown = { ...rule, reply: '421 4.3.2 Shutting down', then: 'close', times: 1 } as const;
    setRules(out, [{ ...rule, times: 1 }, shutdown]);
    const [one, two] = await Promise.all([out.send({ to: 'one@y.test' }), out.send({ to: 'two@y.test' })]);
    expect([one, two].flatMap(toldOf)).toEqual(['delivered', told]);
    expect(two.hosts.map(({ conduct }) => conduct)).toEqual(conducts);
  });

  test('row 106: 421 to the content ends the connection, and the one behind goes over another', async () => {
    const out = await served({});
    setRules(out, [{ on: 'content', reply: '421 4.3.2 Shutting down', then: 'close', times: 1 }]);
    const sent = ['one', 'two'].map((name) => out.send({ to: `${name}@y.test` }));
    const reports = await Promise.all(sent);
    expect(reports.flatMap(toldOf)).toEqual(['deferred 4.3.2', 'delivered']);
    expect(reports[1]).toMatchObject({ failures: [], hosts: [{ conduct: 'served' }] });
  });

  test('row 106: nothing more goes over a connection after a 421 to content, though it stays open', async () => {
    const out = await served({});
    setRules(out, [{ on: 'content', reply: '421 4.3.2 Shutting down', times: 1 }]);
    const sent = ['one', 'two'].map((name) => out.send({ to: `${name}@y.test` }));
    expect((await Promise.all(sent)).flatMap(toldOf)).toEqual(['deferred 4.3.2', 'delivered']);
    expect(out.host(hostName).connections()).toHaveLength(2);
  });

  test('row 105: silence after the content is not known to be a refusal, and the one behind is sent once', async () => {
    const out = await outbound(
      { hosts: { [hostName]: {} }, domains: { 'y.test': [hostName] } },
      { timeouts: { finalDotMs: 300 } },
    );
    await out.send({ to: 'first@y.test' });
    setRules(out, [{ on: 'content', after: new Promise(() => undefined), times: 1 }]);
    const sent = ['one', 'two'].map((name) => out.send({ to: `${name}@y.test` }));
    expect((await Promise.all(sent)).flatMap(toldOf)).toEqual([
      'deferred 4.4.2 possibly delivered',
      'delivered',
    ]);
    expect(
      out
        .host(hostName)
        .messages()
        .filter(({ recipients: [to] }) => to === 'two@y.test'),
    ).toHaveLength(1);
  });

  test('row 105: no answer to the content of one that follows: what was said of its recipients before counts', async () => {
    const out = await served({});
    setRules(out, [
      { on: 'RCPT', recipient: 'no@y.test', reply: '550 5.1.1 Unknown' },
      { on: 'content', times: 1 },
      { on: 'content', reply: 'none', then: 'close', times: 1 },
    ]);
    const sent = [out.send({ to: 'one@y.test' }), out.send({ to: ['no@y.test', 'yes@y.test'] })];
    expect((await Promise.all(sent)).map(toldOf)).toEqual([
      ['delivered'],
      ['bounced 5.1.1', 'deferred 4.4.2 possibly delivered'],
    ]);
  });

  const byStatus = { name: 'its status', mail: '250 2.1.0 Ok', content: '250 2.0.0 Ok: queued' };
  const byWords = { name: 'its words', mail: '250 <a@x.test> ok', content: '250 OK id=1' };

  test.each([byStatus, byWords])(
    'a content that is passed over is not delivered by the answer to what follows, known by $name',
    async ({ mail, content }) => {
      const toMail: ReceiverRule = { on: 'MAIL', reply: mail };
      const out = await served({ rules: [toMail, { on: 'content', reply: content }] });
      setRules(out, [toMail, { on: 'content', reply: 'none', times: 1 }]);
      const sent = ['one', 'two'].map((name) => out.send({ to: `${name}@y.test` }));
      const reports = await Promise.all(sent);
      expect(reports.flatMap(toldOf)).toEqual(['deferred 4.5.0 possibly delivered', 'delivered']);
      expect(out.host(hostName).connections()).toHaveLength(2);
    },
  );

  test('a recipient that is one too many keeps the session for a second transaction', async () => {
    const out = await served({});
    setRules(out, [{ on: 'RCPT', recipient: 'b@y.test', reply: '452 4.5.3 Too many', times: 1 }]);
    const sent = [out.send({ to: ['a@y.test', 'b@y.test'] }), out.send({ to: 'c@y.test' })];
    expect((await Promise.all(sent)).flatMap(toldOf)).toEqual(['delivered', 'delivered', 'delivered']);
    const order = out
      .host(hostName)
      .messages()
      .map(({ recipients }) => recipients.join());
    expect(order).toEqual(['first@y.test', 'a@y.test', 'b@y.test', 'c@y.test']);
    expect(out.host(hostName).connections()).toHaveLength(1);
  });

  test('a message that the receiver can’t take leaves the session to the next', async () => {
    const out = await served({ capabilities: ['PIPELINING', 'SIZE 5000'] });
    const content = [plainContent, contentOf('large'), plainContent];
    const sent = content.map((each, index) => out.send({ to: `r${String(index)}@y.test`, content: each }));
    expect((await Promise.all(sent)).flatMap(toldOf)).toEqual(['delivered', 'bounced 5.3.4', 'delivered']);
    expect(out.host(hostName).connections()).toHaveLength(1);
  });

  test('Q10: one whose job may be another worker’s by then is not finished, the one before is delivered', async () => {
    const out = await served({});
    const sent = [
      out.send({ to: 'one@y.test' }),
      out.send({ to: 'lost@y.test', isStillOurs: () => false }),
      out.send({ to: 'three@y.test' }),
    ];
    expect((await Promise.all(sent)).map(toldOf)).toEqual([['delivered'], [], ['delivered']]);
    expect(
      out
        .host(hostName)
        .messages()
        .map(({ recipients: [to] }) => to),
    ).not.toContain('lost@y.test');
    expect(out.host(hostName).connections()).toHaveLength(2);
  });
});

describe('a receiver that does not take it well', () => {
  test('closes after each message: all arrive, and nothing is sent behind a content again', async () => {
    const out = await served({});
    setRules(out, [{ on: 'content', then: 'close' }]);
    const names = ['one', 'two', 'three', 'four'];
    const reports = await Promise.all(names.map((name) => out.send({ to: `${name}@y.test` })));
    expect(reports.flatMap(toldOf)).toEqual(names.map(() => 'delivered'));
    expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
    expect(out.host(hostName).messages()).toHaveLength(5);
    const held = gate();
    setRules(out, [
      { on: 'content', times: 1 },
      { on: 'content', after: held.opened },
    ]);
    // Over the connection of one that it served.
    expect(toldOf(await out.send({ to: 'served@y.test' }))).toEqual(['delivered']);
    const last = ['five', 'six'].map((name) => out.send({ to: `${name}@y.test` }));
    const bytes = () => out.host(hostName).connections().at(-1)?.insideTls.toString('latin1') ?? '';
    await eventually(
      () => bytes().includes('RCPT TO:<five@y.test>') && bytes().endsWith('two dots\r\n.\r\n'),
    );
    held.open();
    expect((await Promise.all(last)).flatMap(toldOf)).toEqual(['delivered', 'delivered']);
  });

  const recipientsOf = (out: Outbound) =>
    out
      .host(hostName)
      .messages()
      .map(({ recipients }) => recipients.join());

  test.each([[['no@y.test', 'yes@y.test']], [['yes@y.test', 'no@y.test']]])(
    'row 100: answers a content twice: nobody is refused by a word that was for another (%s)',
    async (to) => {
      const out = await served({});
      setRules(out, [
        { on: 'content', reply: { raw: '250 2.0.0 Ok\r\n250 2.0.0 Ok again\r\n' }, times: 1 },
        { on: 'RCPT', recipient: 'no@y.test', reply: '550 5.1.1 Unknown' },
      ]);
      const sent = [out.send({ to: 'one@y.test' }), out.send({ to }), out.send({ to: 'three@y.test' })];
      const told = (await Promise.all(sent)).map((report) => [...toldOf(report)].sort());
      expect(told).toEqual([['delivered'], ['bounced 5.1.1', 'delivered'], ['delivered']]);
      const [first, one, ...others] = recipientsOf(out);
      expect([first, one, ...others.sort()]).toEqual([
        'first@y.test',
        'one@y.test',
        'three@y.test',
        'yes@y.test',
      ]);
    },
  );

  test('row 100: refuses a content twice: the one behind is not refused by it, nor those behind that', async () => {
    const out = await served({});
    setRules(out, [{ on: 'content', reply: { raw: '554 5.7.1 Spam\r\n554 5.7.1 Spam\r\n' }, times: 1 }]);
    const sent = ['spam', 'two', 'three'].map((name) => out.send({ to: `${name}@y.test` }));
    expect((await Promise.all(sent)).flatMap(toldOf)).toEqual(['bounced 5.7.1', 'delivered', 'delivered']);
  });

  test('row 100: a refusal that was for another: who handed on the connection waits for a place of its own', async () => {
    const hosts = { [hostName]: {}, 'mx2.y.test': {} };
    const out = await outbound(
      { hosts, domains: { 'y.test': [hostName, 'mx2.y.test'] } },
      { laneWaitMs: 1000, timeouts: { finalDotMs: 20_000 } },
    );
    await out.send({ to: 'first@y.test' });
    // From then on all that wait may follow.
    await Promise.all(['a', 'b'].map((name) => out.send({ to: `${name}@y.test` })));
    const held = gate();
    setRules(out, [
      { on: 'content', reply: { raw: '554 5.7.1 Spam\r\n554 5.7.1 Spam\r\n' }, times: 1 },
      // The one to spam, and the one behind.
      { on: 'MAIL', times: 1 },
      { on: 'MAIL', reply: '451 4.7.1 Not now', times: 1 },
      { on: 'content', after: held.opened, times: 1 },
    ]);
    const spam = out.send({ to: 'spam@y.test' });
    const two = out.send({ to: 'two@y.test' });
    const three = out.send({ to: 'three@y.test' });
    expect(toldOf(await spam)).toEqual(['bounced 5.7.1']);
    // Not beside the one that has it, nor at the host that comes second.
    expect(toldOf(await two)).toEqual(['deferred 4.4.1']);
    expect(out.host('mx2.y.test').connections()).toEqual([]);
    held.open();
    expect(toldOf(await three)).toEqual(['delivered']);
    expect(recipientsOf(out)).toEqual(['first@y.test', 'a@y.test', 'b@y.test', 'three@y.test']);
  });

  test('says the same to a content as to MAIL: nothing follows, and each is delivered once', async () => {
    const both: ReceiverRule[] = [
      { on: 'MAIL', reply: '250 OK' },
      { on: 'content', reply: '250 OK' },
    ];
    const out = await served({ rules: both });
    const held = gate();
    setRules(out, [{ on: 'content', reply: '250 OK', after: held.opened, times: 1 }, ...both]);
    const sent = ['one', 'two', 'three'].map((name) => out.send({ to: `${name}@y.test` }));
    await eventually(() => behind(out, 'RCPT TO:<one@y.test>').includes('\r\n.\r\n'));
    expect(behind(out, 'RCPT TO:<one@y.test>')).not.toContain('MAIL FROM');
    held.open();
    expect((await Promise.all(sent)).flatMap(toldOf)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(out.host(hostName).messages()).toHaveLength(4);
  });

  test('does not answer what comes behind a content: the message arrives over another connection', async () => {
    const out = await outbound(
      { hosts: { [hostName]: {} }, domains: { 'y.test': [hostName] } },
      { timeouts: { mailMs: 300 } },
    );
    await out.send({ to: 'first@y.test' });
    setRules(out, [
      { on: 'MAIL', times: 1 },
      { on: 'MAIL', after: new Promise(() => undefined), times: 1 },
    ]);
    const sent = ['one', 'two', 'three'].map((name) => out.send({ to: `${name}@y.test` }));
    expect((await Promise.all(sent)).flatMap(toldOf)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(out.host(hostName).connections()).toHaveLength(2);
  });
});

test('T11, T15: Require mail never follows over a session in the clear, nor is it held up', async () => {
  const held = gate();
  const out = await served({ starttls: 'absent' });
  setRules(out, [{ on: 'content', after: held.opened, times: 1 }], { starttls: 'absent' });
  const sent = [
    out.send({ to: 'one@y.test' }),
    out.send({ to: 'secret@y.test', policy: 'Require' }),
    out.send({ to: 'three@y.test' }),
  ];
  await eventually(() => behind(out, 'RCPT TO:<one@y.test>').includes('\r\n.\r\n'));
  expect(behind(out, 'RCPT TO:<one@y.test>')).not.toContain('MAIL FROM');
  held.open();
  expect((await Promise.all(sent)).flatMap(toldOf)).toEqual(['delivered', 'bounced 5.7.10', 'delivered']);
  expect(plaintextOfMail(out.host(hostName)).join('\n')).not.toContain('secret');
});
