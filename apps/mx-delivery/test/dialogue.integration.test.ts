// Faults 4.6: what a receiver does, and what becomes of the mail. Real sockets, a scripted receiver.
import type { ReceiverRule, ReceiverScript } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import {
  plainContent,
  useOutbounds,
  toldOf,
  type Outbound,
  type OutboundOptions,
  type World,
} from './support/outbound.ts';

const outbound = useOutbounds();

/** `mx1` does what the row says, `mx2` works. */
const two = (script: ReceiverScript): World => ({
  hosts: { 'mx1.y.test': script, 'mx2.y.test': {} },
  domains: { 'y.test': ['mx1.y.test', 'mx2.y.test'] },
});
const alone = (script: ReceiverScript): World => ({
  hosts: { 'mx1.y.test': script },
  domains: { 'y.test': ['mx1.y.test'] },
});
const rules = (...list: readonly ReceiverRule[]): ReceiverScript => ({ rules: list });
const raw = (text: string) => ({ raw: text });
/** Short where silence is what the row is about, otherwise such that a busy machine meets none. */
const patienceFor = ({ rules: list = [] }: ReceiverScript): OutboundOptions => {
  const ms = list.some(({ reply, then }) => reply === 'none' && then === undefined) ? 800 : 10_000;
  return {
    timeouts: { greetingMs: ms, ehloMs: ms, mailMs: ms, rcptMs: ms, dataMs: ms, finalDotMs: ms },
  };
};

/** About the host, not about the mail: the next host takes it; without one it waits. */
const nextHost: readonly (readonly [string, ReceiverScript, string])[] = [
  ['row 93: a greeting of 421', rules({ on: 'connect', reply: '421 4.3.2 busy', then: 'close' }), '4.4.1'],
  ['row 93: a greeting of 450', rules({ on: 'connect', reply: '450 4.7.1 not now' }), '4.4.1'],
  ['row 94: a greeting of 554', rules({ on: 'connect', reply: '554 5.7.1 not you' }), '4.4.1'],
  ['row 95: no greeting', rules({ on: 'connect', reply: 'none' }), '4.4.1'],
  [
    'row 96: EHLO and HELO refused',
    rules({ on: 'EHLO', reply: '502 no' }, { on: 'HELO', reply: '502 no' }),
    '4.4.1',
  ],
  [
    'row 98: a code that changes inside a greeting',
    rules({ on: 'connect', reply: raw('220-hi\r\n250 hi\r\n') }),
    '4.5.0',
  ],
  [
    'row 98: a greeting that is no reply',
    rules({ on: 'connect', reply: raw('HTTP/1.1 400 Bad Request\r\n') }),
    '4.5.0',
  ],
  ['row 98: code 000', rules({ on: 'connect', reply: raw('000 hi\r\n') }), '4.5.0'],
  ['row 98: code 1xx to MAIL', rules({ on: 'MAIL', reply: raw('150 wait\r\n') }), '4.5.0'],
  ['row 98: not a number to RCPT', rules({ on: 'RCPT', reply: raw('OK fine\r\n') }), '4.5.0'],
  [
    'row 98: a line of more than 8 kB',
    rules({ on: 'EHLO', reply: raw(`250 ${'x'.repeat(9000)}\r\n`) }),
    '4.5.0',
  ],
  ['row 98: bytes without a line end', rules({ on: 'EHLO', reply: raw('x'.repeat(9000)) }), '4.5.0'],
  ['row 98: endless lines', rules({ on: 'EHLO', reply: raw('250-more\r\n'.repeat(150)) }), '4.5.0'],
  ['row 98: nonsense to DATA', rules({ on: 'DATA', reply: raw('3x4 go\r\n') }), '4.5.0'],
  [
    'row 100: a reply ahead of EHLO',
    rules({ on: 'connect', reply: raw('220 hi\r\n250 mx1.y.test\r\n') }),
    '4.5.0',
  ],
  [
    'row 100: a reply too many to MAIL',
    rules({ on: 'RCPT', reply: raw('250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n') }),
    '4.5.0',
  ],
  ['row 100: a no too many', rules({ on: 'MAIL', reply: raw('250 ok\r\n550 no\r\n') }), '4.5.0'],
  [
    'row 100: a yes ahead of the content',
    rules({ on: 'DATA', reply: raw('354 go\r\n250 taken\r\n') }),
    '4.5.0',
  ],
  ['row 105: reset at MAIL', rules({ on: 'MAIL', reply: 'none', then: 'reset' }), '4.4.1'],
  ['row 105: reset at DATA', rules({ on: 'DATA', reply: 'none', then: 'reset' }), '4.4.1'],
  ['row 106: 421 to MAIL', rules({ on: 'MAIL', reply: '421 4.3.2 bye', then: 'close' }), '4.4.1'],
  ['row 106: 421 to RCPT', rules({ on: 'RCPT', reply: '421 4.3.2 bye', then: 'close' }), '4.4.1'],
  ['row 106: 421 to DATA', rules({ on: 'DATA', reply: '421 4.3.2 bye', then: 'close' }), '4.4.1'],
  [
    'row 110: silence at MAIL',
    rules(
      { on: 'MAIL', reply: 'none', obeys: true },
      { on: 'RCPT', reply: 'none' },
      { on: 'DATA', reply: 'none' },
    ),
    '4.4.1',
  ],
];

describe('4.6: a host that does not speak to the point is left for the next one', () => {
  test.each(nextHost)('%s', async (_row, script) => {
    const out = await outbound(two(script), patienceFor(script));
    const report = await out.send({ to: 'b@y.test' });
    expect(toldOf(report)).toEqual(['delivered']);
    expect(report.mx?.host).toBe('mx2.y.test');
    expect(out.host('mx1.y.test').messages()).toEqual([]);
    expect(out.host('mx2.y.test').messages()).toHaveLength(1);
  });

  test.each(nextHost)('%s: alone it defers', async (_row, script, status) => {
    const out = await outbound(alone(script), patienceFor(script));
    expect(toldOf(await out.send({ to: 'b@y.test' }))).toEqual([`deferred ${status}`]);
    expect(out.host('mx1.y.test').messages()).toEqual([]);
  });
});

/** What one host, alone, does to one recipient. */
const verdicts: readonly (readonly [string, ReceiverScript, string])[] = [
  [
    'row 96: EHLO refused, HELO taken',
    { starttls: 'absent', ...rules({ on: 'EHLO', reply: '500 what' }) },
    'delivered',
  ],
  [
    'row 97: multi-line replies',
    rules(
      { on: 'connect', reply: ['220-mx1', '220-says', '220 hi'] },
      { on: 'RCPT', reply: ['250-2.1.5 a', '250 2.1.5 b'] },
      { on: 'content', reply: ['250-2.0.0 got', '250 2.0.0 it'] },
    ),
    'delivered',
  ],
  ['row 97: byte by byte', { byteWise: true }, 'delivered'],
  [
    'row 97: no text, no enhanced code',
    rules(
      { on: 'MAIL', reply: raw('250\r\n') },
      { on: 'RCPT', reply: raw('250 \r\n') },
      { on: 'content', reply: raw('250\r\n') },
    ),
    'delivered',
  ],
  ['row 97: a strange but positive code', rules({ on: 'RCPT', reply: '251 will forward' }), 'delivered'],
  [
    'row 99: bare LF',
    rules(
      { on: 'connect', reply: raw('220 hi\n') },
      { on: 'MAIL', reply: raw('250-a\n250 b\n') },
      { on: 'content', reply: raw('250 taken\n') },
    ),
    'delivered',
  ],
  [
    'row 100: replies in one packet, as many as commands',
    rules(
      { on: 'MAIL', reply: 'none', obeys: true },
      { on: 'RCPT', reply: 'none', obeys: true },
      { on: 'DATA', reply: raw('250 ok\r\n250 ok\r\n354 go\r\n'), obeys: true },
    ),
    'delivered',
  ],
  ['row 101: 4xx to MAIL', rules({ on: 'MAIL', reply: '451 4.3.0 later' }), 'deferred 4.3.0'],
  ['row 101: 5xx to MAIL', rules({ on: 'MAIL', reply: '550 5.7.1 no' }), 'bounced 5.7.1'],
  ['row 101: 4xx to RCPT', rules({ on: 'RCPT', reply: '450 4.2.1 later' }), 'deferred 4.2.1'],
  ['row 101: 5xx to RCPT', rules({ on: 'RCPT', reply: '550 5.1.1 unknown' }), 'bounced 5.1.1'],
  ['row 101: 4xx to DATA', rules({ on: 'DATA', reply: '451 4.3.0 later' }), 'deferred 4.3.0'],
  ['row 101: 5xx to DATA', rules({ on: 'DATA', reply: '554 5.5.1 no' }), 'bounced 5.5.1'],
  ['row 101: 4xx to the dot', rules({ on: 'content', reply: '452 4.3.1 full' }), 'deferred 4.3.1'],
  ['row 101: 5xx to the dot', rules({ on: 'content', reply: '554 5.6.0 no' }), 'bounced 5.6.0'],
  ['row 103: 250 to the dot, then a reset', rules({ on: 'content', then: 'reset' }), 'delivered'],
  [
    'row 104: closed after the dot without a reply',
    rules({ on: 'content', reply: 'none', then: 'close' }),
    'deferred 4.4.2 possibly delivered',
  ],
  [
    'row 104: reset after the dot without a reply',
    rules({ on: 'content', reply: 'none', then: 'reset' }),
    'deferred 4.4.2 possibly delivered',
  ],
  [
    'row 104: silence after the dot',
    rules({ on: 'content', reply: 'none' }),
    'deferred 4.4.2 possibly delivered',
  ],
  [
    'row 104: nonsense after the dot',
    rules({ on: 'content', reply: raw('okay\r\n') }),
    'deferred 4.5.0 possibly delivered',
  ],
  [
    'row 106: 421 to the dot',
    rules({ on: 'content', reply: '421 4.3.2 bye', then: 'close' }),
    'deferred 4.3.2',
  ],
  ['row 107: larger than SIZE', { capabilities: ['SIZE 10'] }, 'bounced 5.3.4'],
  [
    'row 107: larger than SIZE, in the clear',
    { starttls: 'absent', capabilities: ['SIZE 10'] },
    'bounced 5.3.4',
  ],
  ['row 107: SIZE without a limit', { capabilities: ['SIZE'] }, 'delivered'],
  [
    'row 110: 354, then nothing',
    rules({ on: 'content-start', reply: 'none' }, { on: 'content', reply: 'none' }),
    'deferred 4.4.2 possibly delivered',
  ],
];

describe('4.6: what a host says to the mail', () => {
  test.each(verdicts)('%s', async (_row, script, expected) => {
    const out = await outbound(two(script), patienceFor(script));
    // The second host is there to show that it is not asked: what was said is said.
    out.internet.dns.setZone({
      'y.test': { MX: [{ preference: 1, exchange: 'mx1.y.test' }] },
      'mx1.y.test': { A: ['127.0.0.2'] },
    });
    const report = await out.send({ to: 'b@y.test' });
    expect(toldOf(report)).toEqual([expected]);
    expect(out.host('mx1.y.test').messages()).toHaveLength(expected === 'delivered' ? 1 : 0);
  });

  test('row 94: a greeting of 554 from every host is no bounce now: it is about us, not about the recipient', async () => {
    const refusing = rules({ on: 'connect', reply: '554 5.7.1 not you' });
    const out = await outbound({
      hosts: { 'mx1.y.test': refusing, 'mx2.y.test': refusing },
      domains: { 'y.test': ['mx1.y.test', 'mx2.y.test'] },
    });
    const report = await out.send({ to: 'b@y.test' });
    expect(report).toMatchObject({ outcomes: [{ kind: 'deferred' }], reply: { code: 554 } });
    expect(report.failures).toMatchObject([{ mxHost: 'mx1.y.test' }, { mxHost: 'mx2.y.test' }]);
  });

  test('row 96: under Require a host that knows no EHLO has no TLS', async () => {
    const out = await outbound(alone(rules({ on: 'EHLO', reply: '500 what' })));
    expect(toldOf(await out.send({ to: 'b@y.test', policy: 'Require' }))).toEqual(['bounced 5.7.10']);
    expect(out.host('mx1.y.test').plaintextBytes().toString()).not.toMatch(/MAIL|RCPT|DATA/);
  });

  test('row 100: bytes behind the 220 of STARTTLS: discarded, closed, and nothing is said after them', async () => {
    const out = await outbound(alone({ starttls: 'inject-plaintext-after-220' }));
    const report = await out.send({ to: 'b@y.test' });
    expect(report.outcomes).toMatchObject([{ kind: 'deferred', status: '4.7.5' }]);
    expect(report.failures[0]?.detail).toContain('starttls-injection');
    const verbs = out
      .host('mx1.y.test')
      .connections()
      .flatMap(({ commands }) => commands.map(({ line }) => line));
    expect(verbs).toEqual(['EHLO out.sealpost.test', 'STARTTLS']);
  });

  test('row 100: a 421 at any moment is understood', async () => {
    const out = await outbound(
      two(rules({ on: 'EHLO', reply: ['250-mx1', '250 PIPELINING', '421 4.3.2 down'] })),
    );
    const report = await out.send({ to: 'b@y.test' });
    expect(report).toMatchObject({ outcomes: [{ kind: 'delivered' }], mx: { host: 'mx2.y.test' } });
    expect(report.hosts[0]).toEqual({ host: 'mx1.y.test', conduct: 'overloaded' });
  });

  test('row 101: a 5xx to MAIL is not remembered', async () => {
    const out = await outbound(alone(rules({ on: 'MAIL', reply: '550 5.7.1 no', times: 1 })));
    await out.send({ to: 'b@y.test' });
    expect(toldOf(await out.send({ to: 'b@y.test' }))).toEqual(['delivered']);
    // RSET made the connection good for it.
    expect(out.host('mx1.y.test').connections()).toHaveLength(1);
  });

  test('row 101: MAIL refused and DATA taken: nothing is said any more', async () => {
    const out = await outbound(
      alone(rules({ on: 'MAIL', reply: raw('550 5.7.1 no\r\n250 ok\r\n354 go\r\n') })),
    );
    expect(toldOf(await out.send({ to: 'b@y.test' }))).toEqual(['bounced 5.7.1']);
    expect(out.host('mx1.y.test').messages()).toEqual([]);
  });

  test('row 101: each recipient has its own end', async () => {
    const out = await outbound(
      alone(
        rules(
          { on: 'RCPT', recipient: 'no@y.test', reply: '550 5.1.1 no' },
          { on: 'RCPT', recipient: 'later@y.test', reply: '450 4.2.1 later' },
        ),
      ),
    );
    const report = await out.send({ to: ['no@y.test', 'yes@y.test', 'later@y.test'] });
    expect(toldOf(report)).toEqual(['bounced 5.1.1', 'delivered', 'deferred 4.2.1']);
    expect(
      out
        .host('mx1.y.test')
        .messages()
        .map(({ recipients }) => recipients),
    ).toEqual([['yes@y.test']]);
  });

  test.each(['452 4.5.3 too many', '452 too many', '552 too many'])(
    'row 102: %s starts another transaction at once',
    async (reply) => {
      const out = await outbound(
        alone(
          rules(
            { on: 'RCPT', recipient: 'c@y.test', reply, times: 1 },
            { on: 'RCPT', recipient: 'd@y.test', reply, times: 1 },
          ),
        ),
      );
      const report = await out.send({ to: ['b@y.test', 'c@y.test', 'd@y.test'] });
      expect(toldOf(report)).toEqual(['delivered', 'delivered', 'delivered']);
      const messages = out.host('mx1.y.test').messages();
      expect(messages.map(({ recipients }) => recipients)).toEqual([['b@y.test'], ['c@y.test', 'd@y.test']]);
      expect(out.host('mx1.y.test').connections()).toHaveLength(1);
    },
  );

  test('row 104: a possible duplicate is not offered to another host', async () => {
    const out = await outbound(two(rules({ on: 'content', reply: 'none', then: 'reset' })));
    const report = await out.send({ to: 'b@y.test' });
    expect(report).toMatchObject({ possiblyDelivered: true, outcomes: [{ kind: 'deferred' }] });
    expect(out.host('mx2.y.test').connections()).toEqual([]);
  });

  test('row 105: reset in the middle of a large content: surely not delivered, the next host takes it', async () => {
    const content = Buffer.from(`Subject: large\r\n\r\n${`${'x'.repeat(998)}\r\n`.repeat(16_000)}`);
    const out = await outbound(two(rules({ on: 'content-start', reply: 'none', then: 'reset' })));
    const report = await out.send({ to: 'b@y.test', content });
    expect(report).toMatchObject({ possiblyDelivered: false, mx: { host: 'mx2.y.test' } });
    expect(toldOf(report)).toEqual(['delivered']);
  });

  test('row 106: 421 after one recipient: the rest goes to the next host, and the lane hears of it', async () => {
    const out = await outbound(
      two({
        capabilities: [],
        ...rules({ on: 'RCPT', recipient: 'c@y.test', reply: '421 4.3.2 bye', then: 'close' }),
      }),
    );
    const report = await out.send({ to: ['b@y.test', 'c@y.test'] });
    expect(toldOf(report)).toEqual(['delivered', 'delivered']);
    expect(report.hosts.map(({ conduct }) => conduct)).toEqual(['overloaded', 'served']);
  });

  test('row 107: one host takes it although the other is too small', async () => {
    const out = await outbound(two({ capabilities: ['SIZE 10'] }));
    expect(toldOf(await out.send({ to: 'b@y.test' }))).toEqual(['delivered']);
    expect(out.host('mx1.y.test').messages()).toEqual([]);
  });

  test('row 107: over a connection that is reused too, which goes on being of use', async () => {
    const out = await outbound(alone({ capabilities: ['SIZE 200'] }));
    const content = Buffer.concat([plainContent, Buffer.alloc(200, 'x'), Buffer.from('\r\n')]);
    await out.send({ to: 'b@y.test' });
    expect(toldOf(await out.send({ to: 'b@y.test', content }))).toEqual(['bounced 5.3.4']);
    await out.send({ to: 'b@y.test' });
    expect(out.host('mx1.y.test').connections()).toHaveLength(1);
  });

  test('row 108, trap 44: without 8BITMIME 8-bit content goes as it is, every byte of it', async () => {
    const content = Buffer.from('Subject: 8 bit\r\n\r\nGr\u00fc\u00dfe\r\n');
    const out = await outbound(alone({ capabilities: ['PIPELINING'] }));
    await out.send({ to: 'b@y.test', content });
    const [message] = out.host('mx1.y.test').messages();
    expect(message?.content.equals(content)).toBe(true);
    expect(message?.mailParameters).toEqual([]);
  });

  test('row 109: a tarpit is waited for, phase by phase', async () => {
    const slow = (on: ReceiverRule['on']): ReceiverRule => ({ on, delayMs: 300 });
    const out = await outbound(
      alone(rules(...(['connect', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'content'] as const).map(slow))),
      {
        timeouts: {
          greetingMs: 1500,
          ehloMs: 1500,
          mailMs: 1500,
          rcptMs: 1500,
          dataMs: 1500,
          finalDotMs: 1500,
        },
      },
    );
    expect(toldOf(await out.send({ to: ['b@y.test', 'c@y.test', 'd@y.test'] }))).toEqual([
      'delivered',
      'delivered',
      'delivered',
    ]);
  });

  test.each([
    ['greetingMs', rules({ on: 'connect', reply: 'none' })],
    ['ehloMs', rules({ on: 'EHLO', reply: 'none' })],
    ['mailMs', { capabilities: [], ...rules({ on: 'MAIL', reply: 'none' }) }],
    ['rcptMs', { capabilities: [], ...rules({ on: 'RCPT', reply: 'none' }) }],
    ['dataMs', { capabilities: [], ...rules({ on: 'DATA', reply: 'none' }) }],
    ['finalDotMs', rules({ on: 'content', reply: 'none' })],
    ['starttlsMs', { starttls: 'stall-after-220' }],
  ] as const)('row 110: %s alone ends the wait of its phase', async (timeout, script: ReceiverScript) => {
    const out = await outbound(alone(script), { timeouts: { [timeout]: 150 } });
    const report = await out.send({ to: 'b@y.test', policy: 'Require' });
    expect(report.outcomes[0]?.kind).toBe('deferred');
    expect(JSON.stringify(report)).toContain('within 150 ms');
  });
});

describe('what a receiver offers is used', () => {
  test('RFC 2920: without PIPELINING one command at a time, with it all at once', async () => {
    const out = await outbound(alone({ capabilities: [] }));
    await out.send({ to: ['b@y.test', 'c@y.test'] });
    expect(out.host('mx1.y.test').connections()[0]?.pipelinedUnasked).toBe(false);
  });

  test('RFC 1870, RFC 6152: SIZE and BODY where they are offered and say something', async () => {
    const out = await outbound(alone({}));
    const content = Buffer.from('Subject: 8 bit\r\n\r\nGr\u00fc\u00dfe\r\n');
    await out.send({ to: 'b@y.test', content });
    await out.send({ to: 'b@y.test' });
    expect(
      out
        .host('mx1.y.test')
        .messages()
        .map(({ mailParameters }) => mailParameters.at(-1)),
    ).toEqual(['BODY=8BITMIME', expect.stringMatching(/^SIZE=\d+$/)]);
  });

  test('RFC 6531: mail that needs SMTPUTF8 goes to a host that offers it, past one that does not', async () => {
    const out = await outbound(two({ capabilities: ['PIPELINING'] }));
    const report = await out.send({ to: 'gr\u00fcn@y.test', smtpUtf8: true });
    expect(report).toMatchObject({ outcomes: [{ kind: 'delivered' }], mx: { host: 'mx2.y.test' } });
    expect(out.host('mx2.y.test').messages()[0]).toMatchObject({ recipients: ['gr\u00fcn@y.test'] });
    expect(out.host('mx2.y.test').messages()[0]?.mailParameters).toContain('SMTPUTF8');
  });

  test('RFC 6531: it bounces with 5.6.7 where no host offers it', async () => {
    const out = await outbound(alone({ capabilities: ['PIPELINING'] }));
    expect(toldOf(await out.send({ to: 'gr\u00fcn@y.test', smtpUtf8: true }))).toEqual(['bounced 5.6.7']);
    expect(out.host('mx1.y.test').messages()).toEqual([]);
  });

  const large = Buffer.from(`Subject: large\r\n\r\n${`.${'x'.repeat(997)}\r\n`.repeat(3000)}`);
  const verbsOf = (out: Outbound) =>
    (out.host('mx1.y.test').connections()[0]?.commands ?? [])
      .map(({ line }) => line)
      .filter((line) => /^(?:BDAT|DATA)/.test(line));

  test('RFC 3030: a large content goes in chunks, byte for byte', async () => {
    const out = await outbound(alone({ capabilities: ['CHUNKING', 'PIPELINING'] }));
    expect(toldOf(await out.send({ to: 'b@y.test', content: large }))).toEqual(['delivered']);
    expect(out.host('mx1.y.test').messages()[0]?.content.equals(large)).toBe(true);
    expect(verbsOf(out)).toEqual([
      'BDAT 1048576',
      'BDAT 1048576',
      `BDAT ${String(large.length - 2 * 1048576)} LAST`,
    ]);
  });

  test('RFC 3030: and so does one that ends within a line, which DATA would change', async () => {
    const content = Buffer.from('Subject: open end\r\n\r\nno line end');
    const out = await outbound(alone({ capabilities: ['CHUNKING'] }));
    await out.send({ to: 'b@y.test', content });
    expect(out.host('mx1.y.test').messages()[0]?.content.equals(content)).toBe(true);
  });

  test('RFC 3030: a small one goes by DATA, a round trip less when it is pipelined', async () => {
    const out = await outbound(alone({ capabilities: ['CHUNKING', 'PIPELINING'] }));
    await out.send({ to: 'b@y.test' });
    expect(verbsOf(out)).toEqual(['DATA']);
  });

  test('RFC 3030: a chunk that is refused ends the transaction there', async () => {
    const script = {
      capabilities: ['CHUNKING'],
      ...rules({ on: 'BDAT', reply: '552 5.2.3 too large', times: 1 }),
    };
    const out = await outbound(alone(script));
    expect(toldOf(await out.send({ to: 'b@y.test', content: large }))).toEqual(['bounced 5.2.3']);
    expect(verbsOf(out)).toEqual(['BDAT 1048576']);
    expect(toldOf(await out.send({ to: 'b@y.test' }))).toEqual(['delivered']);
    expect(out.host('mx1.y.test').connections()).toHaveLength(1);
  });

  test('RFC 3030: no recipient taken, no chunk sent', async () => {
    const script = {
      capabilities: ['CHUNKING', 'PIPELINING'],
      ...rules({ on: 'RCPT', reply: '550 5.1.1 no' }),
    };
    const out = await outbound(alone(script));
    expect(toldOf(await out.send({ to: 'b@y.test', content: large }))).toEqual(['bounced 5.1.1']);
    expect(verbsOf(out)).toEqual([]);
  });

  test('RFC 3030: silence after the last chunk is a possible duplicate, before it is none', async () => {
    const last = { capabilities: ['CHUNKING'], ...rules({ on: 'content', reply: 'none', then: 'close' }) };
    const out = await outbound(alone(last));
    expect(toldOf(await out.send({ to: 'b@y.test', content: large }))).toEqual([
      'deferred 4.4.2 possibly delivered',
    ]);
    out
      .host('mx1.y.test')
      .setScript({ capabilities: ['CHUNKING'], ...rules({ on: 'BDAT', reply: 'none', then: 'close' }) });
    expect(toldOf(await out.send({ to: 'b@y.test', content: large }))).toEqual(['deferred 4.4.1']);
  });
});
