// Policies of identities: four operations on v1, four on v2. Kept and shown: they say which other accounts may send, and
// there is one account here. Source: SES contract 1.4, 2.2, 7.
import type { Identity } from '@sealpost/contracts';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import {
  changeIdentity,
  findIdentity,
  identityDoesNotExist,
  identityNotFound,
  knownIdentity,
} from '../identities/identity-calls.ts';
import { list, required, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';

const named = { Identity: required(text()), PolicyName: required(text()) };

export const putIdentityPolicy = queryOperation({
  name: 'PutIdentityPolicy',
  input: { ...named, Policy: required(text()) },
  errors: ['invalid-policy'],
  run: async ({ Identity: name, PolicyName, Policy }, context) => {
    const policy = { name: PolicyName, document: Policy };
    const result = await context.policies.updateIdentity(name, { policy });
    if (result.kind === 'invalid') throw new ApiFault('invalid-policy', result.message);
    if (result.kind === 'unknown') throw identityDoesNotExist(name);
    if (result.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
    return {};
  },
});

export const getIdentityPolicies = queryOperation({
  name: 'GetIdentityPolicies',
  input: { Identity: named.Identity, PolicyNames: required(list(text(), { max: 20 })) },
  errors: [],
  run: async ({ Identity: name, PolicyNames }, context) => {
    const { policies } = await v1Identity(name, context);
    const asked = policies.filter((policy) => PolicyNames.includes(policy.name));
    return { Policies: new Map(asked.map((policy) => [policy.name, policy.document])) };
  },
});

export const listIdentityPolicies = queryOperation({
  name: 'ListIdentityPolicies',
  input: { Identity: named.Identity },
  errors: [],
  run: async ({ Identity: name }, context) => ({
    PolicyNames: (await v1Identity(name, context)).policies.map((policy) => policy.name),
  }),
});

/** Idempotent, as v1's deletes are. */
export const deleteIdentityPolicy = queryOperation({
  name: 'DeleteIdentityPolicy',
  input: named,
  errors: [],
  run: async ({ Identity: name, PolicyName }, context) => {
    await changeIdentity(name, { removedPolicy: PolicyName }, context);
    return {};
  },
});

async function v1Identity(name: string, context: ActionContext): Promise<Identity> {
  const identity = await findIdentity(name, context);
  if (identity === undefined) throw identityDoesNotExist(name);
  return identity;
}

const PATH = '/v2/email/identities/{EmailIdentity}/policies';
const v2Named = { EmailIdentity: required(text()), PolicyName: required(text()) };
const v2Input = { ...v2Named, Policy: required(text()) };

export const createEmailIdentityPolicy = restOperation({
  name: 'CreateEmailIdentityPolicy',
  routes: [`POST ${PATH}/{PolicyName}`],
  input: v2Input,
  errors: ['not-found', 'already-exists', 'limit'],
  run: async ({ EmailIdentity, PolicyName, Policy }, context) => {
    if (await hasPolicy(EmailIdentity, PolicyName, context))
      throw new ApiFault('already-exists', `Policy ${PolicyName} already exists.`);
    const policy = { name: PolicyName, document: Policy };
    await changeIdentity(EmailIdentity, { policy }, context, identityNotFound(EmailIdentity));
    return {};
  },
});

export const updateEmailIdentityPolicy = restOperation({
  name: 'UpdateEmailIdentityPolicy',
  routes: [`PUT ${PATH}/{PolicyName}`],
  input: v2Input,
  errors: ['not-found'],
  run: async ({ EmailIdentity, PolicyName, Policy }, context) => {
    await assertPolicy(EmailIdentity, PolicyName, context);
    await changeIdentity(EmailIdentity, { policy: { name: PolicyName, document: Policy } }, context);
    return {};
  },
});

export const getEmailIdentityPolicies = restOperation({
  name: 'GetEmailIdentityPolicies',
  routes: [`GET ${PATH}`],
  input: { EmailIdentity: v2Named.EmailIdentity },
  errors: ['not-found'],
  run: async ({ EmailIdentity }, context) => ({
    Policies: shownPolicies(await knownIdentity(EmailIdentity, context)),
  }),
});

export const deleteEmailIdentityPolicy = restOperation({
  name: 'DeleteEmailIdentityPolicy',
  routes: [`DELETE ${PATH}/{PolicyName}`],
  input: v2Named,
  errors: ['not-found'],
  run: async ({ EmailIdentity, PolicyName }, context) => {
    await assertPolicy(EmailIdentity, PolicyName, context);
    await changeIdentity(EmailIdentity, { removedPolicy: PolicyName }, context);
    return {};
  },
});

/** By name. */
export function shownPolicies({ policies }: Identity): Readonly<Record<string, string>> {
  return Object.fromEntries(policies.map(({ name, document }) => [name, document]));
}

async function hasPolicy(name: string, policyName: string, context: ActionContext): Promise<boolean> {
  return (await knownIdentity(name, context)).policies.some((policy) => policy.name === policyName);
}

async function assertPolicy(name: string, policyName: string, context: ActionContext): Promise<void> {
  if (!(await hasPolicy(name, policyName, context)))
    throw new ApiFault('not-found', `Policy ${policyName} does not exist.`);
}
