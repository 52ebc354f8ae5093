// ARNs of identities that a call names. There is one account here and every identity is its own, so that they give no
// right that the caller has not; they have to be ARNs all the same. Source: SES contract 1.4, 2.2.
import { ApiFault } from '../api-fault.ts';

const IDENTITY = /^arn:[\w-]+:ses:[\w-]*:\d*:identity\/[^\s/]+$/;

/** Throws ApiFault. */
export function assertArns(...arns: readonly (string | undefined)[]): void {
  const wrong = arns.find((arn) => arn !== undefined && !IDENTITY.test(arn));
  if (wrong !== undefined) {
    throw new ApiFault('invalid-parameter', `Invalid ARN <${wrong.slice(0, 200)}>.`);
  }
}
