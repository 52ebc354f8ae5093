// ListIdentities and ListVerifiedEmailAddresses (v1), ListEmailIdentities (v2).
import type { Identity } from '@sealpost/contracts';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { isAddress, isVerified } from '../identities/identity-calls.ts';
import { choice, number, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { askedPage, nextToken, type AskedPage } from '../pages.ts';

const LIMITS = { usual: 1000, max: 1000 };

export const listIdentities = queryOperation({
  name: 'ListIdentities',
  input: { IdentityType: choice('EmailAddress', 'Domain'), NextToken: text(), MaxItems: number() },
  errors: [],
  run: async ({ IdentityType, NextToken, MaxItems }, context) => {
    const kind = IdentityType && (IdentityType === 'Domain' ? 'domain' : 'address');
    const page = await list({ ...askedPage(NextToken, MaxItems, LIMITS), kind }, context);
    return { Identities: page.identities.map(({ name }) => name), NextToken: page.nextToken };
  },
});

export const listVerifiedEmailAddresses = queryOperation({
  name: 'ListVerifiedEmailAddresses',
  input: {},
  errors: [],
  run: async (_input, context) => {
    const names: string[] = [];
    for (let afterName: string | undefined = ''; afterName !== undefined;) {
      const page: Page = await list({ pageSize: LIMITS.max, afterName, kind: 'address' }, context);
      names.push(...page.identities.filter(isVerified).map(({ name }) => name));
      afterName = page.nextToken === undefined ? undefined : page.identities.at(-1)?.name;
    }
    return { VerifiedEmailAddresses: names };
  },
});

export const listEmailIdentities = restOperation({
  name: 'ListEmailIdentities',
  // Trap 20: older clients ask by GET.
  routes: ['POST /v2/email/list-identities', 'GET /v2/email/identities'],
  input: { NextToken: text(), PageSize: number() },
  errors: [],
  run: async ({ NextToken, PageSize }, context) => {
    const page = await list({ ...askedPage(NextToken, PageSize, LIMITS), kind: undefined }, context);
    return {
      EmailIdentities: page.identities.map((identity) => ({
        IdentityType: isAddress(identity.name) ? 'EMAIL_ADDRESS' : 'DOMAIN',
        IdentityName: identity.name,
        SendingEnabled: isVerified(identity),
        VerificationStatus: identity.verification.status,
      })),
      NextToken: page.nextToken,
    };
  },
});

interface Page {
  readonly identities: readonly Identity[];
  readonly nextToken: string | undefined;
}

async function list(
  { kind, ...asked }: AskedPage & { readonly kind: 'address' | 'domain' | undefined },
  { policies }: ActionContext,
): Promise<Page> {
  const page = await policies.listIdentities({ ...asked, ...(kind === undefined ? {} : { kind }) });
  if (page.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
  const { identities, hasMore } = page;
  return { identities, nextToken: nextToken(hasMore, identities.at(-1)?.name) };
}
