// v1's ways into identities: VerifyEmailIdentity, VerifyEmailAddress, VerifyDomainIdentity, VerifyDomainDkim. Asking
// again is no error, and gives the same tokens. Source: SES contract 1.5.
import type { ActionContext } from '../action-context.ts';
import { assertAddress, assertDomain, ensureIdentity } from '../identities/identity-calls.ts';
import { required, text } from '../input/members.ts';
import { queryOperation } from '../operation.ts';

export const verifyEmailIdentity = queryOperation({
  name: 'VerifyEmailIdentity',
  input: { EmailAddress: required(text()) },
  errors: [],
  run: async ({ EmailAddress }, context) => {
    await verifyAddress(EmailAddress, context);
    return {};
  },
});

export const verifyEmailAddress = queryOperation({
  name: 'VerifyEmailAddress',
  input: { EmailAddress: required(text()) },
  errors: [],
  run: async ({ EmailAddress }, context) => {
    await verifyAddress(EmailAddress, context);
    return undefined;
  },
});

export const verifyDomainIdentity = queryOperation({
  name: 'VerifyDomainIdentity',
  input: { Domain: required(text()) },
  errors: [],
  run: async ({ Domain }, context) => {
    assertDomain(Domain);
    const { verification } = await ensureIdentity(Domain, {}, context);
    return { VerificationToken: verification.token };
  },
});

export const verifyDomainDkim = queryOperation({
  name: 'VerifyDomainDkim',
  input: { Domain: required(text()) },
  errors: [],
  run: async ({ Domain }, context) => {
    assertDomain(Domain);
    const { dkim } = await ensureIdentity(Domain, { signing: 'own' }, context);
    return { DkimTokens: dkim.keys.map(({ selector }) => selector) };
  },
});

async function verifyAddress(address: string, context: ActionContext): Promise<void> {
  assertAddress(address);
  const { name, verification } = await ensureIdentity(address, {}, context);
  if (verification.status === 'PENDING') await context.mailVerificationLink(name, verification.token);
}
