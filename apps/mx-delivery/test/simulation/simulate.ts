// One run of a simulated world: mail comes in, workers work, and faults happen, all by one seed. What must hold is checked
// on the way and at the end. Source: issue "Faults", S19 of design/faults.
import { formatMessageId } from '@sealpost/mail';
import { acceptedMessage } from '@sealpost/testing';
import { jobsOf } from '../../src/jobs.ts';
import { checkHomes, judge, type Account } from './checks.ts';
import { openNetwork } from './network.ts';
import { chanceOf } from './random.ts';
import { openSteps, settleDown } from './steps.ts';
import { openStores } from './stores.ts';
import { startWorker, type Worker, type WorkerDeps } from './worker.ts';

const START = Date.UTC(2026, 0, 1);
const WORKERS = 2;
const FAULT_TURNS = 250;
const MAX_TURNS = 20_000;
const CHECK_EACH = 3;

interface World extends WorkerDeps, Account {
  time: number;
  readonly workers: Worker[];
  /** Which of the engines may lose what it knows; both would lose more than is promised. */
  readonly losing: 'nothing' | 'redis' | 'acks';
}

/** What did not hold; empty when all did. */
export async function simulate(seed: number): Promise<readonly string[]> {
  const world = openWorld(seed);
  try {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      await settleDown();
      if (turn < FAULT_TURNS) disturb(world, turn);
      else if (turn === FAULT_TURNS) calmDown(world);
      if (turn % CHECK_EACH === 0) checkHomes(world);
      if (world.violations.length > 0) break;
      if (!goOn(world) && turn > FAULT_TURNS) return judge(world);
    }
    return world.violations.length > 0 ? world.violations : ['it does not come to an end'];
  } finally {
    for (const worker of world.workers) worker.crash();
  }
}

function openWorld(seed: number): World {
  const chance = chanceOf(seed);
  const steps = openSteps(chance);
  const clock = { time: START };
  const now = () => clock.time;
  const violations: string[] = [];
  const network = openNetwork({ chance, steps, now });
  const stores = openStores(steps, chance, now);
  const deps: WorkerDeps = { chance, steps, stores, network, now, violations };
  return {
    ...deps,
    get time() {
      return clock.time;
    },
    set time(value) {
      clock.time = value;
    },
    workers: Array.from({ length: WORKERS }, () => startWorker(deps)),
    accepted: [],
    losing: chance.pick(['nothing', 'nothing', 'redis', 'acks'] as const),
    crashes: 0,
    stops: 0,
    losses: 0,
  };
}

function disturb(world: World, turn: number): void {
  const { chance, workers } = world;
  if (turn < 100 && world.accepted.length < 4 && chance.is(0.08)) accept(world);
  const victim = chance.pick(workers);
  if (chance.is(0.008)) {
    victim.crash();
    workers[workers.indexOf(victim)] = startWorker(world);
    world.crashes += 1;
  }
  if (chance.is(0.01)) {
    victim.actor.stoppedUntil = world.time + chance.below(200_000);
    world.stops += 1;
  }
  loseSomething(world);
}

function loseSomething(world: World): void {
  const { chance, stores } = world;
  if (world.losing === 'redis' && chance.is(0.01)) {
    stores.flush(60_000);
    world.losses += 1;
  }
  if (world.losing === 'redis' && chance.is(0.03)) {
    stores.isRedisAway = !stores.isRedisAway;
    world.losses += 1;
  }
  if (world.losing === 'acks' && chance.is(0.02)) forgetAcks(world);
}

/** A NATS server that was killed forgets the acks of its last 300 ms; workers see that it was away. */
function forgetAcks({ stores, time }: World): void {
  for (const entry of stores.entries) {
    entry.isOld = true;
    if (entry.ackedAt === undefined || time - entry.ackedAt > 300) continue;
    delete entry.ackedAt;
    entry.availableAt = time;
  }
}

/** No more faults; half of the worlds have no more trouble with hosts either. */
function calmDown({ chance, network, stores }: World): void {
  stores.isRedisAway = false;
  if (chance.is(0.5)) network.heal();
}

function accept(world: World): void {
  const { chance } = world;
  const recipients = ['a@y.test', 'b@y.test', 'c@z.test', 'd@z.test'].filter(() => chance.is(0.5));
  const number = world.accepted.length;
  const messageId = formatMessageId(
    'us-east-1',
    world.time,
    `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  );
  const message = acceptedMessage({
    messageId,
    content: { kind: 'spooled', objectName: messageId, sizeBytes: 20 },
    acceptedAt: world.time,
    envelope: {
      reversePath: 'sender@x.test',
      recipients: recipients.length === 0 ? ['a@y.test'] : recipients,
    },
    policy: {
      tlsPolicy: chance.is(0.5) ? 'Require' : 'Optional',
      ...(chance.is(0.2) ? { maxDeliverySeconds: 600 } : {}),
    },
  });
  world.accepted.push({ message, jobs: jobsOf(message) });
  world.stores.accept(message);
}

/** Lets one thing happen. False: there is nothing left to happen. */
function goOn(world: World): boolean {
  const { chance, steps, time } = world;
  if (chance.is(0.02)) letPass(world, chance.below(30_000));
  if (chance.is(0.9) && steps.takeOne(time)) return true;
  if (handOut(world) || claim(world) || steps.takeOne(world.time)) return true;
  const next = nextEvent(world);
  if ((next ?? Infinity) > time + RECONCILE_MS && reconcile(world)) return true;
  if (next === undefined) return false;
  letPass(world, Math.max(1, next - time));
  return true;
}

function running({ workers, time }: World): readonly Worker[] {
  return workers.filter(({ actor }) => actor.stoppedUntil <= time);
}

/** Those that run all of that time are heard of by the engines. */
function letPass(world: World, ms: number): void {
  const alive = running(world);
  // In small parts: a worker with something in its hands speaks up several times within the ack wait.
  const part = alive.some((worker) => !worker.isIdle()) ? 5000 : ms;
  for (let left = ms; left > 0; left -= part) {
    world.time += Math.min(left, part);
    for (const worker of alive) worker.renew();
  }
}

const RECONCILE_MS = 5 * 60_000;

/** What is in DEFERRED and not in the index is found there by and by. */
function reconcile(world: World): boolean {
  const { deferred, due, leases } = world.stores;
  const unknown = () => [...deferred.keys()].filter((jobId) => !due.has(jobId) && !leases.has(jobId));
  if (unknown().length === 0) return false;
  letPass(world, RECONCILE_MS);
  for (const jobId of unknown()) due.set(jobId, world.time);
  return true;
}

function handOut(world: World): boolean {
  const { chance, stores, time } = world;
  const ready = stores.entries.filter((each) => each.ackedAt === undefined && each.availableAt <= time);
  const takers = running(world);
  if (ready.length === 0 || takers.length === 0) return false;
  const entry = chance.pick(ready);
  entry.deliveries += 1;
  entry.availableAt = time + 30_000;
  chance.pick(takers).take(entry);
  return true;
}

function claim(world: World): boolean {
  const { chance, stores, time } = world;
  if (stores.isRedisAway) return false;
  const lapsed = [...stores.leases].filter(([, { until }]) => until <= time);
  const due = [...stores.due].filter(([, at]) => at <= time);
  const ready = [...lapsed, ...due].map(([jobId]) => jobId);
  const takers = running(world);
  if (ready.length === 0 || takers.length === 0) return false;
  chance.pick(takers).retry(stores.claim(chance.pick(ready)));
  return true;
}

/** Also when a worker that is stopped goes on: it may hold what nobody else can have. */
function nextEvent({ stores, workers, time }: World): number | undefined {
  const held = workers.filter(({ actor }) => actor.stoppedUntil <= time);
  const times = [
    ...stores.entries
      .filter(
        ({ ackedAt, sequence }) => ackedAt === undefined && !held.some((worker) => worker.holds(sequence)),
      )
      .map(({ availableAt }) => availableAt),
    ...(stores.isRedisAway ? [] : stores.due.values()),
    ...[...stores.leases]
      .filter(([jobId]) => !held.some((worker) => worker.holdsJob(jobId)))
      .map(([, { until }]) => until),
    ...workers.map(({ actor }) => actor.stoppedUntil).filter((until) => until > time),
  ];
  return times.length === 0 ? undefined : Math.min(...times);
}
