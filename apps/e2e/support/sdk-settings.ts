// What `new SESClient(…)` and `new SESv2Client(…)` take to reach the system. One try: an SDK's second one hides a failure.
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { System } from './system.ts';

type Reachable = Pick<System, 'env'>;

/** Trusts the system's authority. */
export async function agentFor(system: Reachable): Promise<Agent> {
  return new Agent({ ca: await readFile(system.env.AWS_CA_BUNDLE ?? '') });
}

/** The client's `destroy()` ends the agent too. */
export function sdkSettings(system: Reachable, httpsAgent: Agent) {
  return {
    endpoint: system.env.SEALPOST_API_ENDPOINT ?? '',
    region: 'us-east-1',
    credentials: {
      accessKeyId: system.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: system.env.AWS_SECRET_ACCESS_KEY ?? '',
    },
    requestHandler: new NodeHttpHandler({ httpsAgent }),
    maxAttempts: 1,
  };
}
