export { SealpostContainer, type AwsConfig, type StartedSealpostContainer } from './sealpost-container.ts';
export type { Envelope, ReceivedMail, TlsFacts } from './received-mail.ts';
export type { MessageQuery } from './mailbox.ts';
export type { ReceiverOptions, Receivers } from './receivers.ts';
