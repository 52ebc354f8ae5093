// The SES API as an application calls it: HTTPS, kept-alive connections, each request signed anew.
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import {
  benchBody,
  formatId,
  formatSent,
  ID_FIELD,
  mailTemplate,
  nowUs,
  SENDER,
  SENT_FIELD,
  stamp,
} from '../bench-mail.ts';
import { openHttpReplies, type HttpReplies } from './http-replies.ts';
import type { LoadPlan } from './load-plan.ts';
import type { LoadTally } from './load-tally.ts';
import { createSigner, type ApiRequest, type Signer } from './sign-request.ts';

type Compose = (sequence: number, sentAtUs: number) => Omit<ApiRequest, 'host'>;

const RECIPIENT = 'someone@receiver.test';
const REGION = 'us-east-1';

export async function runApiLoad(plan: LoadPlan, tally: LoadTally): Promise<void> {
  const sign = createSigner(plan.user, plan.password, REGION);
  await Promise.all(
    Array.from({ length: plan.connections }, async () => {
      const compose = plan.kind === 'api-v1' ? rawEmail(plan) : simpleEmail(plan);
      while (!tally.isDone()) await runConnection(plan, { compose, sign }, tally);
    }),
  );
}

interface Requests {
  readonly compose: Compose;
  readonly sign: Signer;
}

async function runConnection(plan: LoadPlan, requests: Requests, tally: LoadTally): Promise<void> {
  const { host, port } = plan;
  const socket: TLSSocket = connect({ host, port, rejectUnauthorized: false });
  const replies: HttpReplies = openHttpReplies(socket);
  try {
    await once(socket, 'secureConnect');
    socket.setNoDelay(true);
    for (let sequence = await tally.next(); sequence !== undefined; sequence = await tally.next()) {
      const sentAtUs = nowUs();
      const request = { ...requests.compose(sequence, sentAtUs), host: `${host}:${port}` };
      socket.write(requests.sign(request, new Date()));
      const { status, body } = await replies.next();
      if (status === 200) tally.accepted(sentAtUs);
      else tally.refused(`${status} ${body.slice(0, 300)}`);
    }
  } catch (error) {
    tally.broken(error instanceof Error ? error.message : String(error));
  } finally {
    socket.destroy();
  }
}

/** SendRawEmail of v1, a form. */
function rawEmail(plan: LoadPlan): Compose {
  const template = mailTemplate(plan.run, benchBody(plan.bodyBytes));
  const fields =
    `Action=SendRawEmail&Version=2010-12-01&Source=${encodeURIComponent(SENDER)}` +
    `&Destinations.member.1=${encodeURIComponent(RECIPIENT)}&RawMessage.Data=`;
  return (sequence, sentAtUs) => {
    stamp(template, { sequence, sentAtUs });
    return {
      path: '/',
      contentType: 'application/x-www-form-urlencoded',
      body: fields + encodeURIComponent(template.bytes.toString('base64')),
    };
  };
}

/** SendEmail of v2 with a simple text, which the service composes. */
function simpleEmail(plan: LoadPlan): Compose {
  const text = JSON.stringify(benchBody(plan.bodyBytes).toString('latin1'));
  const before =
    `{"FromEmailAddress":"${SENDER}","Destination":{"ToAddresses":["${RECIPIENT}"]},"Content":{"Simple":{` +
    `"Subject":{"Data":"a message of the bench"},"Body":{"Text":{"Data":${text}}},"Headers":[{"Name":"${ID_FIELD}","Value":"`;
  return (sequence, sentAtUs) => ({
    path: '/v2/email/outbound-emails',
    contentType: 'application/json',
    body:
      `${before}${formatId(plan.run, sequence)}"},` +
      `{"Name":"${SENT_FIELD}","Value":"${formatSent(sentAtUs)}"}]}}}`,
  });
}
