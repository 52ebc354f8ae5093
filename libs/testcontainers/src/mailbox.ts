// What arrived at the receivers, and the wait for it.
import { setTimeout as delay } from 'node:timers/promises';
import type { ControlClient } from './control-client.ts';
import { parseMail, type ReceivedMail, type WireMail } from './received-mail.ts';

/** Each member that is given has to fit. */
export interface MessageQuery {
  /** An address of the SMTP envelope. */
  readonly recipient?: string;
  readonly subject?: string | RegExp;
}

const POLL_MS = 100;

export async function readMessages(control: ControlClient): Promise<readonly ReceivedMail[]> {
  return Promise.all((await control.get<readonly WireMail[]>('/messages')).map(parseMail));
}

/** The first that fits, now or within `timeoutMs`; rejects with what came instead. */
export async function waitForMessage(
  control: ControlClient,
  query: MessageQuery,
  timeoutMs: number,
): Promise<ReceivedMail> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const messages = await readMessages(control);
    const found = messages.find((message) => fits(message, query));
    if (found !== undefined) return found;
    if (performance.now() > deadline) {
      const others = messages.map(
        ({ subject, envelope }) => `"${subject}" to ${envelope.recipients.join(', ')}`,
      );
      throw new Error(
        `No message within ${String(timeoutMs)} ms that fits ${describe(query)}; there are: ${others.join('; ') || 'none'}.`,
      );
    }
    await delay(POLL_MS);
  }
}

function fits(message: ReceivedMail, { recipient, subject }: MessageQuery): boolean {
  const { recipients } = message.envelope;
  if (recipient !== undefined && !recipients.some((each) => each.toLowerCase() === recipient.toLowerCase())) {
    return false;
  }
  if (subject === undefined) return true;
  return typeof subject === 'string' ? message.subject === subject : subject.test(message.subject);
}

function describe({ recipient, subject }: MessageQuery): string {
  const parts = [
    ...(recipient === undefined ? [] : [`recipient ${recipient}`]),
    ...(subject === undefined ? [] : [`subject ${String(subject)}`]),
  ];
  return parts.join(' and ') || 'anything';
}
