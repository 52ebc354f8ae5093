// What people and programs open by links that they were sent: nothing of it is signed, and nothing is SES's API.
import { randomUUID } from 'node:crypto';
import type { PolicyClient } from '@sealpost/policy-client';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { confirmAddress, VERIFICATION_PATH } from './identities/verification-mail.ts';
import {
  CERTIFICATE_PATH,
  followNoticeLink,
  NOTICE_LINKS_PATH,
  noticeCertificate,
  type LinkAnswer,
} from './notices/notice-links.ts';

type LinkPolicies = Pick<
  PolicyClient,
  'confirmAddress' | 'confirmSubscription' | 'unsubscribe' | 'noticeCertificate'
>;

export function serveLinks(app: FastifyInstance, policies: LinkPolicies): void {
  app.get(VERIFICATION_PATH, async (request, reply) => {
    const page = await confirmAddress(queryOf(request), policies);
    return send(reply, { status: page.status, contentType: 'text/html', body: page.html });
  });
  app.get(NOTICE_LINKS_PATH, async (request, reply) => {
    const requestId = randomUUID();
    void reply.header('x-amzn-RequestId', requestId);
    return send(reply, await followNoticeLink(queryOf(request), requestId, policies));
  });
  app.get<{ Params: { readonly name: string } }>(CERTIFICATE_PATH, async ({ params }, reply) =>
    send(reply, await noticeCertificate(params.name, policies)),
  );
}

function queryOf(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams((request.raw.url ?? '').replace(/^[^?]*\??/, ''));
}

function send(reply: FastifyReply, { status, contentType, body }: LinkAnswer): FastifyReply {
  return reply.code(status).header('content-type', `${contentType}; charset=utf-8`).send(body);
}
