// Flags of V8 that the services are started with; the Dockerfile has the same.
import type { ServiceName } from './service-names.ts';

// Code is compiled at its first call, and optimized after about 1,000 (V8: 3,000): what is called once for a message gets
// quick after some thousand messages less. After 400 V8 has seen too little, and what it makes is slower (measured).
const COMPILED_SOON = ['--always-sparkplug', '--invocation-count-for-turbofan=1000'];
// A burst at the start, all of it waiting, makes V8 believe that what messages are made of lives long: from then on it is made
// where only a marking of the whole heap finds that it is dead.
const MADE_YOUNG = '--no-allocation-site-pretenuring';
// Content on its way counts as memory of the heap. A heap that may not grow at first is marked for every 16 MB of it.
const ROOM = '--initial-old-space-size=64';
// What dies young in the ingresses is content on its way: a small nursery keeps smtp-ingress under 256 MiB at its busiest.
const SMALL_NURSERY = '--max-semi-space-size=4';
// V8 lets a nursery grow to 128 MiB otherwise, and no message is cheaper for it (measured).
const MIDDLE_NURSERY = '--max-semi-space-size=16';
// A heap that may become as large as V8 likes grows to three times of what lives in it before V8 looks for what does not: from 27
// to 88 MB in mx-delivery at its busiest (measured). Below 2 GiB it may grow by four fifths. Little over 25 MB live there,
// content aside: this is no limit that it would come near to. With 1 GiB memory is the same, and a retry costs more.
const GROWN_SLOWLY = '--max-old-space-size=1536';
// Threads that help to clear it out take more time than they save: less is left of it than they have to say to each other.
const CLEARED_ALONE = '--no-parallel-scavenge';
// For those that have little to do: the nursery is never larger than at the start.
const SMALLEST_NURSERY = '--max-semi-space-size=1';

export const NODE_FLAGS: Readonly<Record<ServiceName, readonly string[]>> = {
  'smtp-ingress': [...COMPILED_SOON, MADE_YOUNG, ROOM, SMALL_NURSERY],
  'api-ingress': [...COMPILED_SOON, MADE_YOUNG, SMALL_NURSERY],
  'mx-delivery': [...COMPILED_SOON, MADE_YOUNG, ROOM, GROWN_SLOWLY, MIDDLE_NURSERY, CLEARED_ALONE],
  'policy-service': [SMALLEST_NURSERY],
};

export const LAUNCHER_FLAGS: readonly string[] = [SMALLEST_NURSERY];
export const INBOX_FLAGS: readonly string[] = [SMALLEST_NURSERY];
