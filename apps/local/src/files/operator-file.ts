// operator.json: where the command `sealpost` finds this system. Names are those of the settings.
import path from 'node:path';
import { writePrivately } from '@sealpost/first-start';
import { formatHostPort } from '@sealpost/runtime';
import type { LocalConfig } from '../config.ts';

export function writeOperatorFile(
  { dataDir, policyService, region }: LocalConfig,
  natsUrl: string,
): Promise<void> {
  const place = {
    NATS_URL: natsUrl,
    POLICY_SERVICE_ADDRESS: formatHostPort(policyService),
    AWS_REGION: region,
  };
  return writePrivately(path.join(dataDir, 'operator.json'), `${JSON.stringify(place)}\n`);
}
