// Where content goes that does not travel in its record, as the environment says it.
import { wholeNumber } from '@sealpost/runtime';
import * as z from 'zod';

export interface SpoolSettings {
  /** Larger content is stored apart. Undefined: what fits the store. */
  readonly inlineBytes: number | undefined;
  /** Of content that is stored apart; undefined: JetStream's object store. */
  readonly folder: string | undefined;
}

/** For the schema of a service. */
export const contentSettings = {
  INLINE_CONTENT_BYTES: wholeNumber.optional(),
  CONTENT_FOLDER: z
    .string()
    .optional()
    .transform((folder) => (folder === '' ? undefined : folder)),
};

export function spoolSettings(config: {
  readonly INLINE_CONTENT_BYTES?: number | undefined;
  readonly CONTENT_FOLDER?: string | undefined;
}): SpoolSettings {
  return { inlineBytes: config.INLINE_CONTENT_BYTES, folder: config.CONTENT_FOLDER };
}
