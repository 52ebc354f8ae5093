export { parseMailbox, type AddressFault, type Mailbox, type ParsedMailbox } from './address.ts';
export { parseDomainName } from './domain-name.ts';
export {
  enhancedStatus,
  formatMessageId,
  parseEnhancedStatus,
  parseMessageId,
  type DomainName,
  type EnhancedStatus,
  type MessageId,
} from './identifiers.ts';
export type {
  AcceptedMessage,
  DeferredJob,
  Envelope,
  MessageContent,
  MessageTags,
  PinnedPolicy,
  SubmissionSource,
  SuppressionReason,
} from './message.ts';
export { remembering } from './remembering.ts';
export type { BounceClass, DelayType, RecipientOutcome, Reply } from './outcome.ts';
export type {
  CertificateEvidence,
  CertificateVerification,
  MxAddress,
  MxHost,
  SourceTls,
  TlsEvidence,
  TlsFailure,
  TlsFailureType,
  TlsLevel,
  TlsPolicy,
} from './tls.ts';
