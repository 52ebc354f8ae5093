// Whether who has logged in may still send: a key that was disabled, deleted or is not for sending ends what it
// could do at once, in sessions that are open as well. Source: SES contract 4.5.
import { accessDenied } from '@sealpost/aws-auth';
import { formatReply } from '@sealpost/smtp';
import { TEMPORARY_FAILURE } from './content-replies.ts';
import type { VerifyDeps } from './verify-login.ts';

/** The reply to who may not. No I/O for a key that is known. */
export async function sendingDenial(
  user: string,
  { passwordOf, accountId }: Pick<VerifyDeps, 'passwordOf' | 'accountId'>,
): Promise<string | undefined> {
  const answer = await passwordOf(user);
  if (answer.kind === 'unavailable') return TEMPORARY_FAILURE;
  if (answer.kind === 'unknown') return formatReply(535, 'Authentication Credentials Invalid');
  return answer.scope === 'none'
    ? formatReply(554, `Access denied: ${accessDenied({ accessKeyId: user, accountId }, 'SendRawEmail')}`)
    : undefined;
}
