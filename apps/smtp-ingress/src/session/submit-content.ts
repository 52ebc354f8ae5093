// Content to the door, and the door's answer to the client's reply; both are counted.
import type { Submission } from '@sealpost/submission';
import type { ContentIntake } from './content-intake.ts';
import { contentFaultReply, submissionReply } from './content-replies.ts';
import { sendingDenial } from './sending-denial.ts';
import type { SessionDeps } from './session-deps.ts';

export async function submitContent(
  submission: Submission,
  user: string,
  { login, submit, metrics }: Pick<SessionDeps, 'login' | 'submit' | 'metrics'>,
): Promise<string> {
  const denial = await sendingDenial(user, login);
  if (denial !== undefined) {
    metrics.message('refused');
    return denial;
  }
  const result = await submit(submission);
  metrics.message(result.kind);
  return submissionReply(result);
}

/** All of the content has arrived: what is said behind it. */
export async function answerContent(
  intake: ContentIntake,
  { metrics }: Pick<SessionDeps, 'metrics'>,
): Promise<string> {
  const result = await intake.finish();
  if (result.kind === 'answered') return result.reply;
  metrics.message('refused');
  return contentFaultReply(result.fault);
}
