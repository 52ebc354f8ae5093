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
  encodeConfigurationSet,
  fromRequestedOptions,
  fromSetRecord,
  toOptionsRecord,
  toSetRecord,
  type ConfigurationSet,
  type DeliveryOptions,
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
export {
  CredentialServiceClient,
  CredentialServiceService as credentialServiceDefinition,
  type CredentialServiceServer,
} from './generated/policy/v1/credential.ts';
export {
  decodeCredential,
  encodeCredential,
  fromCredentialRecord,
  fromRequestedScope,
  fromWireScope,
  toCredentialRecord,
  toWireScope,
  type Credential,
  type CredentialScope,
  type StoredCredential,
} from './credential.ts';
