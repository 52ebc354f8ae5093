export {
  connectPolicyClient,
  type PolicyClient,
  type PolicyClientOptions,
  type ResolvedPolicy,
  type SigningKeyScope,
} from './connect-policy-client.ts';
export type { IdentityChange, IdentityResult, IdentitySigning } from './identities.ts';
export type { ResolvedSender, Sender } from './senders.ts';
