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
  fromRequestedScheme,
  fromSetRecord,
  toOptionsRecord,
  toSchemeRecord,
  toSetRecord,
  type ConfigurationSet,
  type DeliveryOptions,
  type ResourceTag,
  type SigningScheme,
  type TagChange,
  type TrackingOptions,
} from './policy.ts';
export type { CloudWatchDimension, EventDestination, EventSink } from './event-destination.ts';
export { fromSetChangeRecord, toSetChangeRecord, type SetChange } from './set-change.ts';
export {
  TemplateServiceClient,
  TemplateServiceService as templateServiceDefinition,
  type TemplateServiceServer,
} from './generated/policy/v1/template.ts';
export {
  decodeTemplate,
  encodeTemplate,
  fromTemplateChangeRecord,
  fromTemplateRecord,
  toTemplateChangeRecord,
  toTemplateRecord,
  type Template,
  type TemplateChange,
  type TemplateContent,
} from './template.ts';
export {
  PoolServiceClient,
  PoolServiceService as poolServiceDefinition,
  type PoolServiceServer,
} from './generated/policy/v1/pool.ts';
export { decodePool, encodePool, fromPoolRecord, toPoolRecord, type Pool } from './pool.ts';
export {
  AccountServiceClient,
  AccountServiceService as accountServiceDefinition,
  type AccountServiceServer,
} from './generated/policy/v1/account.ts';
export { decodeAccount, encodeAccount, type AccountSettings } from './account.ts';
export {
  CheckStatus as WireCheckStatus,
  IdentityKind as WireIdentityKind,
  IdentityServiceClient,
  IdentityServiceService as identityServiceDefinition,
  type IdentityServiceServer,
  type SmimeKey as WireSmimeKey,
} from './generated/policy/v1/identity.ts';
export {
  decodeIdentity,
  encodeIdentity,
  fromIdentityRecord,
  toIdentityRecord,
  withoutPrivateKeys,
  type CheckStatus,
  type Identity,
  type IdentityCertificate,
  type IdentityKey,
  type IdentityNotifications,
  type IdentityPolicy,
  type NotificationTopic,
} from './identity.ts';
export {
  fromListedRecord,
  toListedRecord,
  type CertificateStatus,
  type ListedCertificate,
} from './certificate.ts';
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
export {
  decodeQueueAnswer,
  decodeQueueQuestion,
  encodeQueueAnswer,
  encodeQueueQuestion,
  isJobId,
  type JobSelection,
  type QueueAnswer,
  type QueuedJob,
  type QueueQuestion,
} from './queue-desk.ts';
export { formatSummary, parseSummary, summaryOf, type JobSummary } from './job-summary.ts';
export {
  decodeAccountSuppression,
  decodeSuppressedAddress,
  encodeAccountSuppression,
  encodeSuppressedAddress,
  suppressionReasons,
  type SuppressedAddress,
} from './suppression.ts';
export { decodeNotice, encodeNotice, type Notice } from './notice.ts';
export {
  SubscriptionServiceClient,
  SubscriptionServiceService as subscriptionServiceDefinition,
  type ListSubscriptionsResponse,
  type SubscriptionServiceServer,
} from './generated/policy/v1/subscription.ts';
export {
  decodeNoticeSigningKey,
  decodeSubscription,
  encodeNoticeSigningKey,
  encodeSubscription,
  fromSubscriptionRecord,
  type NoticeSigningKey,
  toSubscriptionRecord,
  type Subscription,
  type SubscriptionState,
} from './subscription.ts';
