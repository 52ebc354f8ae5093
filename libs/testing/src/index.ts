export { acceptedMessage } from './accepted-message.ts';
export { containerEngineAnswers } from './container-engine.ts';
export { startNats, startRedis, type Engine, type EngineConfig } from './engines.ts';
export { eventually } from './eventually.ts';
export { freePort } from './free-port.ts';
export { gate } from './gate.ts';
export { keptBytes } from './kept-bytes.ts';
export { testAuthority, testCertificate, type CertificateKind } from './authority.ts';
export { testSigner, verifySmime, type SignerOptions } from './smime.ts';
export { startDnsServer, type DnsQuery, type DnsServer } from './dns-server.ts';
export type { DnsFailure, DnsLookupOf, DnsMx, DnsRecords, DnsZone } from './dns-zone.ts';
export type { ReceivedCommand, ReceivedConnection, ReceivedMessage, ReceivedTls } from './receiver-record.ts';
export { startReceiver, type Receiver } from './receiver.ts';
export { hostOf, startInternet, type HostScript, type TestInternet } from './internet.ts';
export { sslv2Handshake, type MinorVersion, type OldClient } from './sslv2-client.ts';
export type {
  ReceiverPhase,
  ReceiverRule,
  ReceiverScript,
  ReceiverTls,
  ScriptedReply,
  StarttlsScript,
} from './receiver-script.ts';
export { isSignedBy, startWebhook, type SnsEnvelope, type Webhook, type WebhookCall } from './webhook.ts';
