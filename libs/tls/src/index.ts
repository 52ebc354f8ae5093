export { acceptHandshake, type AcceptedHandshake, type AcceptOptions } from './accept-handshake.ts';
export { sourceTls } from './evidence.ts';
export { deliverySecureContext, negotiate, type Negotiation, type NegotiationOptions } from './negotiate.ts';
export type { HandshakeFailureReason } from './handshake-failure.ts';
export { listenerContexts, type KeyedCertificate, type ListenerContexts } from './listener-contexts.ts';
export type { TlsProfile } from './profile.ts';
export { achievedTls, connectionPlans, requiredTls, satisfies, type ConnectionPlan } from './requirement.ts';
