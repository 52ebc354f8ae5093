export { sourceTls } from './evidence.ts';
export { deliverySecureContext, negotiate, type Negotiation, type NegotiationOptions } from './negotiate.ts';
export { listenerSecureOptions, type SecureOptions, type TlsProfile } from './profile.ts';
export { achievedTls, connectionPlans, requiredTls, satisfies, type ConnectionPlan } from './requirement.ts';
