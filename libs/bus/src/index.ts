export type { Bucket } from './bucket.ts';
export { connectBus, type Bus, type BusOptions, type MailEvent } from './connect-bus.ts';
export type { AcceptedDelivery, Consumption } from './consume-accepted.ts';
export type { DeferredJobs, FoundJob } from './deferred-jobs.ts';
export type { Log } from './log.ts';
export type { ObjectStore } from './objects.ts';
export type { PublishResult } from './publish.ts';
export type { EventType } from './streams.ts';
