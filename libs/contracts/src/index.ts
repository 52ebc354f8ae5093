export {
  decodeAcceptedMessage,
  decodeDeferredJob,
  encodeAcceptedMessage,
  encodeDeferredJob,
  type Decoded,
} from './mail-records.ts';
export {
  PolicyServiceClient,
  PolicyServiceService as policyServiceDefinition,
  type PolicyServiceServer,
} from './generated/policy/v1/policy.ts';
export {
  decodeConfigurationSet,
  decodeCredential,
  encodeConfigurationSet,
  encodeCredential,
  fromRequestedOptions,
  fromSetRecord,
  toOptionsRecord,
  toSetRecord,
  type ConfigurationSet,
  type DeliveryOptions,
  type StoredCredential,
} from './policy.ts';
export {
  IdentityKind as WireIdentityKind,
  IdentityServiceClient,
  IdentityServiceService as identityServiceDefinition,
  type IdentityServiceServer,
} from './generated/policy/v1/identity.ts';
export {
  decodeIdentity,
  encodeIdentity,
  fromIdentityRecord,
  toIdentityRecord,
  withoutPrivateKeys,
  type CheckStatus,
  type Identity,
  type IdentityKey,
} from './identity.ts';
