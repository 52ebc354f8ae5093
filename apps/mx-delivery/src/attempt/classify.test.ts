import { describe, expect, test } from 'vitest';
import { classify } from './classify.ts';
import type { Answer, Transcript } from './transcript.ts';

function reply(text: string): Answer {
  const code = Number(text.slice(0, 3));
  const status = /^\d{3} ([245]\.\d+\.\d+)/.exec(text)?.[1];
  return {
    kind: 'reply',
    reply: {
      code,
      text: text.slice(4),
      lines: [text],
      ...(status === undefined ? {} : { enhancedStatus: status as never }),
    },
  };
}

const lost: Answer = { kind: 'closed', detail: 'reset' };
const ok = reply('250 2.1.0 Ok');

function judge(parts: Partial<Transcript>, recipients = ['a@y.test']) {
  const transcript: Transcript = {
    inTheClear: false,
    mail: ok,
    recipients: recipients.map(() => ok),
    contentSent: false,
    isReusable: true,
    ...parts,
  };
  const { outcomes, tooMany, undecided } = classify(transcript, recipients);
  const told = outcomes.map((each) =>
    each.kind === 'delivered' ? 'delivered' : `${each.kind} ${each.status}`,
  );
  return [
    ...told,
    ...tooMany.map((each) => `again ${each}`),
    ...undecided.map((each) => `undecided ${each}`),
  ];
}

describe('4.6', () => {
  test.each<[string, Partial<Transcript>, string]>([
    [
      'delivered',
      { data: reply('354 go'), contentSent: true, final: reply('250 2.0.0 queued') },
      'delivered',
    ],
    ['row 101: 5xx to MAIL', { mail: reply('550 5.7.1 no'), recipients: [] }, 'bounced 5.7.1'],
    ['row 101: 4xx to MAIL', { mail: reply('451 4.3.0 later'), recipients: [] }, 'deferred 4.3.0'],
    ['row 101: 5xx to RCPT', { recipients: [reply('550 5.1.1 unknown')] }, 'bounced 5.1.1'],
    ['row 101: 4xx to RCPT', { recipients: [reply('451 4.7.1 greylisted')] }, 'deferred 4.7.1'],
    ['row 101: 5xx to DATA', { data: reply('554 5.5.1 no') }, 'bounced 5.5.1'],
    [
      'row 101: 4xx to the dot',
      { data: reply('354 go'), contentSent: true, final: reply('452 4.3.1 full') },
      'deferred 4.3.1',
    ],
    [
      'row 101: 5xx to the dot, without status',
      { data: reply('354 go'), contentSent: true, final: reply('554 no') },
      'bounced 5.0.0',
    ],
    [
      'row 98: 3xx to the dot',
      { data: reply('354 go'), contentSent: true, final: reply('354 more') },
      'deferred 4.5.0',
    ],
    [
      'row 104: no answer to the dot',
      { data: reply('354 go'), contentSent: true, final: lost },
      'deferred 4.4.2',
    ],
    ['row 105: lost before the content', { data: lost }, 'undecided a@y.test'],
    ['row 106: 421 in the middle', { recipients: [reply('421 4.3.2 bye')] }, 'undecided a@y.test'],
    [
      'row 106: 421 to the dot',
      { data: reply('354 go'), contentSent: true, final: reply('421 4.3.2 bye') },
      'deferred 4.3.2',
    ],
    [
      '5.2: 530 in the clear',
      { inTheClear: true, mail: reply('530 5.7.0 STARTTLS'), recipients: [] },
      'undecided a@y.test',
    ],
    [
      'a 530 inside TLS is a refusal',
      { mail: reply('530 5.7.0 Authenticate'), recipients: [] },
      'bounced 5.7.0',
    ],
    ['row 98: a yes to DATA delivers nothing', { data: reply('250 2.0.0 taken') }, 'undecided a@y.test'],
    ['lost at MAIL', { mail: lost, recipients: [] }, 'undecided a@y.test'],
  ])('%s', (_title, parts, expected) => {
    expect(judge(parts)).toEqual([expected]);
  });

  test('row 102: too many recipients go in another transaction at once', () => {
    const parts = {
      recipients: [ok, reply('452 4.5.3 too many')],
      data: reply('354 go'),
      contentSent: true,
      final: ok,
    };
    expect(judge(parts, ['a@y.test', 'b@y.test'])).toEqual(['delivered', 'again b@y.test']);
  });

  test('row 102: a full mailbox is not too many recipients', () => {
    const parts = {
      recipients: [ok, reply('552 5.2.2 over quota')],
      data: reply('354 go'),
      contentSent: true,
      final: ok,
    };
    expect(judge(parts, ['a@y.test', 'b@y.test'])).toEqual(['delivered', 'bounced 5.2.2']);
  });

  test('each recipient has its own end', () => {
    const parts = {
      recipients: [ok, reply('550 5.1.1 no'), reply('450 4.2.1 later')],
      data: reply('354 go'),
      contentSent: true,
      final: ok,
    };
    expect(judge(parts, ['a@y.test', 'b@y.test', 'c@y.test'])).toEqual([
      'delivered',
      'bounced 5.1.1',
      'deferred 4.2.1',
    ]);
  });
});

test('a refusal at RCPT has its class, and greylisting is told from other temporary refusals', () => {
  const outcomeOf = (parts: Partial<Transcript>) =>
    classify(
      { inTheClear: false, mail: ok, recipients: [ok], contentSent: false, isReusable: true, ...parts },
      ['a@y.test'],
    ).outcomes[0];
  expect(outcomeOf({ recipients: [reply('550 5.1.1 no such user')] })).toMatchObject({
    bounce: { type: 'Permanent', subType: 'NoEmail' },
  });
  expect(outcomeOf({ recipients: [reply('451 4.7.1 greylisted')] })).toMatchObject({ isGreylisting: true });
  const atDot = { data: reply('354 go'), contentSent: true, final: reply('451 4.7.1 later') };
  expect(outcomeOf(atDot)).not.toHaveProperty('isGreylisting');
});
