import { connect as connectPlain } from 'node:net';
import type { SubmissionResult } from '@sealpost/submission';
import { eventually } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import { ID, useListener } from '../../test/support/start-listener.ts';

describe('shutdown', () => {
  const mail = useListener();

  test('on shutdown content on its way is finished, others are told 421', async () => {
    const idle = await mail.inTls();
    const sending = await mail.readyForContent();
    sending.write('Subject: x\r\n\r\nhalf');
    const closed = mail.listener.close(5000);
    await idle.expect(/^421 4\.3\.2 .*\r\n/);
    sending.write(' and whole\r\n.\r\n');
    await sending.expect(new RegExp(`^250 Ok ${ID}\r\n421 4\\.3\\.2 .*\r\n`));
    await closed;
    expect(mail.submissions).toHaveLength(1);
  });

  test('Q12: when the time is over content is cut with 421, and a message at the door has its answer first', async () => {
    const { promise, resolve } = Promise.withResolvers<SubmissionResult>();
    mail.answer = () => promise;
    const atTheDoor = await mail.readyForContent();
    atTheDoor.write('Subject: x\r\n\r\nwhole\r\n.\r\n');
    await eventually(() => mail.submissions.length === 1);
    const sending = await mail.readyForContent();
    sending.write('Subject: x\r\n\r\nhalf');
    let isClosed = false;
    const closed = mail.listener.close(200).then(() => (isClosed = true));
    await sending.expect(/^421 4\.3\.2 .*\r\n/);
    await sending.closed();
    expect(isClosed).toBe(false);
    resolve({ kind: 'accepted', messageId: ID });
    await atTheDoor.expect(new RegExp(`^250 Ok ${ID}\r\n421 4\\.3\\.2 .*\r\n`));
    await closed;
    expect(mail.submissions).toHaveLength(1);
  });

  test('T4: where a handshake is not finished, shutdown comes without a word', async () => {
    const wrapped = mail.add(connectPlain({ host: '127.0.0.1', port: mail.listener.tlsPorts[0] ?? 0 }));
    const upgrading = await mail.plain();
    await upgrading.say('STARTTLS', /^220 .*\r\n/);
    await eventually(() => mail.listener.connections() === 2);
    await mail.listener.close(5000);
    await wrapped.closed();
    await upgrading.closed();
    expect([wrapped.received, upgrading.received]).toEqual(['', '']);
  });
});
