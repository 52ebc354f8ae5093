export {
  connectPolicyClient,
  type PolicyClient,
  type PolicyClientOptions,
  type ResolvedPolicy,
  type SigningKeyScope,
} from './connect-policy-client.ts';
