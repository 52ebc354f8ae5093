// The two limits of sending, both counted in recipients. Source: SES contract 4.10.
import * as z from 'zod';

/** Undefined: unlimited. */
export interface QuotaLimits {
  /** In any 24 hours. */
  readonly daily: number | undefined;
  /** In a second. */
  readonly rate: number | undefined;
}

const limit = z
  .string()
  .regex(/^(?:-1|\d{1,9}(?:\.\d{1,3})?)$/, 'expected a number, or -1 for unlimited')
  .transform((text) => (text === '-1' ? undefined : Number(text)))
  .optional();

/** Settings of the ingresses; unlimited unless set. */
export const quotaSettings = { SENDING_DAILY_QUOTA: limit, SENDING_RATE: limit };

export function quotaLimits(settings: {
  readonly SENDING_DAILY_QUOTA?: number | undefined;
  readonly SENDING_RATE?: number | undefined;
}): QuotaLimits {
  return { daily: settings.SENDING_DAILY_QUOTA, rate: settings.SENDING_RATE };
}
