// A connection to policy-service for the time of one command.
import { channelCredentials } from '@sealpost/mutual-tls';
import { connectPolicyClient, type PolicyClient } from '@sealpost/policy-client';
import { createLogger } from '@sealpost/runtime';
import { readPolicyPlace, type PolicyPlace } from './config.ts';
import type { CommandContext } from './program.ts';

export interface PolicyLink {
  readonly policies: PolicyClient;
  readonly place: PolicyPlace;
  /** What to tell when it does not answer. */
  readonly unavailable: () => Error;
}

export async function withPolicyLink<T>(
  context: CommandContext,
  use: (link: PolicyLink) => Promise<T>,
): Promise<T> {
  const place = readPolicyPlace(context);
  const { logger } = createLogger('sealpost', 'silent');
  const security = place.tls && channelCredentials(place.tls, logger);
  const policies = await connectPolicyClient({
    address: place.address,
    ...(security === undefined ? {} : { credentials: security.credentials }),
  });
  try {
    return await use({
      policies,
      place,
      unavailable: () =>
        new Error(`policy-service does not answer at ${place.address}: is Sealpost running?`),
    });
  } finally {
    policies.close();
    security?.close();
  }
}
