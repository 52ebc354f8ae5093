// The mail with the link by which an address is verified, and the page behind the link. Source: SES contract 1.5 (24 h).
import type { PolicyClient } from '@sealpost/policy-client';
import type { Submission, SubmissionResult } from '@sealpost/submission';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { composeText } from '../send/compose-message.ts';

export interface VerificationMailDeps {
  /** The door's way for mail that this system writes itself. */
  readonly submitOwn: (submission: Submission) => Promise<SubmissionResult>;
  readonly from: string;
  /** `https://host:port`, without a path. */
  readonly publicUrl: string;
  readonly region: string;
}

export const VERIFICATION_PATH = '/verify-email';

/** Resolves when the mail is stored. Throws ApiFault. */
export async function mailVerificationLink(
  address: string,
  token: string,
  deps: VerificationMailDeps,
): Promise<void> {
  const query = new URLSearchParams({ identity: address, token });
  const link = `${deps.publicUrl}${VERIFICATION_PATH}?${query.toString()}`;
  const content = await composeText({
    from: deps.from,
    to: [address],
    cc: [],
    replyTo: [],
    subject: `Email Address Verification Request in region ${deps.region}`,
    text:
      `Somebody asked to send mail from ${address}. If it was you, open this link within 24 hours:\r\n\r\n` +
      `${link}\r\n\r\nIf it was not, do nothing: the address will not be used.\r\n`,
    headers: [{ name: 'Auto-Submitted', value: 'auto-generated' }],
    attachments: [],
  });
  const result = await deps.submitOwn({
    reversePath: '',
    recipients: [address],
    content: Buffer.from(content),
    source: { operation: 'VerifyEmailIdentity', clientAddress: '', callerIdentity: 'sealpost' },
  });
  if (result.kind === 'refused') throw new ApiFault('invalid-parameter', result.refusal.message);
  if (result.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
}

export interface Page {
  readonly status: number;
  readonly html: string;
}

/** For whoever has opened the link in a browser. */
export async function confirmAddress(
  query: URLSearchParams,
  policies: Pick<PolicyClient, 'confirmAddress'>,
): Promise<Page> {
  const result = await policies.confirmAddress(query.get('identity') ?? '', query.get('token') ?? '');
  switch (result.kind) {
    case 'identity':
      return page(200, 'This address is verified', 'It may be used to send mail from now on.');
    case 'unavailable':
      return page(503, 'Not now', 'Please open the link again in a minute.');
    default:
      return page(
        400,
        'This link is not valid any more',
        'It is good for 24 hours, and the newest one only. Ask for another.',
      );
  }
}

/** Nothing of the request is repeated. */
function page(status: number, title: string, text: string): Page {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><p>${text}</p></html>\n`;
  return { status, html };
}
