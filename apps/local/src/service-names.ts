export const SERVICES = ['policy-service', 'smtp-ingress', 'api-ingress', 'mx-delivery'] as const;

export type ServiceName = (typeof SERVICES)[number];
