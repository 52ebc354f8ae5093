export { openSendingQuota, type SendingQuota } from './open-sending-quota.ts';
export { quotaLimits, quotaSettings, type QuotaLimits } from './quota-limits.ts';
export type { DataPoint, QuotaStore } from './quota-store.ts';
export { redisQuotaStore } from './redis-quota-store.ts';
