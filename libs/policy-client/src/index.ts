export {
  connectPolicyClient,
  type PolicyClient,
  type PolicyClientOptions,
  type ResolvedPolicy,
} from './connect-policy-client.ts';
export type { CreatedCredential, SecretAnswer, SigningKeyScope } from './credentials.ts';
export type { NewConfigurationSet } from './configuration-sets.ts';
export type { TemplateResult } from './templates.ts';
export type { IdentityChange, IdentityResult, IdentitySigning } from './identities.ts';
export type { ResolvedSender, Sender } from './senders.ts';
