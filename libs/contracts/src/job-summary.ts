// What a listing tells of a job in DEFERRED. It travels in a header of the record, so that a listing
// need not read contents.
import type { DeferredJob } from '@sealpost/mail';
import * as z from 'zod';

const summary = z.object({
  messageId: z.string(),
  reversePath: z.string(),
  recipients: z.array(z.string()),
  acceptedAt: z.number(),
  sizeBytes: z.number(),
  tlsPolicy: z.enum(['Optional', 'Require']),
  maxDeliverySeconds: z.number().optional(),
  attemptCount: z.number(),
});

export type JobSummary = Readonly<z.infer<typeof summary>> & { readonly jobId: string };

export function summaryOf({ jobId, message, recipients, attemptCount }: DeferredJob): JobSummary {
  const { content, policy } = message;
  return {
    jobId,
    messageId: message.messageId,
    reversePath: message.envelope.reversePath,
    recipients: [...recipients],
    acceptedAt: message.acceptedAt,
    sizeBytes: content.kind === 'inline' ? content.bytes.length : content.sizeBytes,
    tlsPolicy: policy.tlsPolicy,
    ...(policy.maxDeliverySeconds === undefined ? {} : { maxDeliverySeconds: policy.maxDeliverySeconds }),
    attemptCount,
  };
}

/** One line of ASCII: fit for a header. */
export function formatSummary(job: DeferredJob): string {
  return JSON.stringify(summaryOf(job)).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Undefined: not one of ours. */
export function parseSummary(jobId: string, text: string): JobSummary | undefined {
  try {
    const parsed = summary.safeParse(JSON.parse(text));
    return parsed.success ? { ...parsed.data, jobId } : undefined;
  } catch {
    return undefined;
  }
}
