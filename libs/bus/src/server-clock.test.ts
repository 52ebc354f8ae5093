import { afterEach, describe, expect, test, vi } from 'vitest';
import { openServerClock, type ClockLink, type ServerClock } from './server-clock.ts';

const HOUR_MS = 3_600_000;
const SERVER = Date.UTC(2026, 5, 1);

interface World {
  readonly link: ClockLink;
  readonly said: string[];
  /** Milliseconds since the start, on all clocks. */
  passed: number;
  /** By how much this machine is ahead. */
  skewMs: number;
  isAway: boolean;
  /** How long a record takes to be stored; its time is that of the end. */
  storeMs: number;
  reconnect: () => void;
}

function world(change: Partial<World> = {}): World {
  const stored = new Map<string, { value: Uint8Array; storedAt: number }>();
  const self: World = {
    passed: 0,
    skewMs: 0,
    isAway: false,
    storeMs: 0,
    reconnect: () => undefined,
    said: [],
    link: {
      bucket: {
        put: (key, value) => {
          if (self.isAway) return Promise.reject(new Error('away'));
          self.passed += self.storeMs;
          stored.set(key, { value, storedAt: SERVER + self.passed });
          return Promise.resolve();
        },
        get: (key) => {
          const found = stored.get(key);
          return Promise.resolve(found === undefined ? undefined : { ...found, revision: 1 });
        },
      },
      onReconnect: (listener) => {
        self.reconnect = listener;
        return () => true;
      },
    },
    ...change,
  };
  return self;
}

function start(self: World): Promise<ServerClock> {
  const note = (_facts: object, message: string) => self.said.push(message);
  const clocks = { wall: () => SERVER + self.passed + self.skewMs, monotonic: () => self.passed };
  return openServerClock(self.link, { info: note, warn: note, error: note }, clocks);
}

async function open(self: World): Promise<ServerClock> {
  const clock = await start(self);
  clock.close();
  return clock;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test.each([HOUR_MS, -HOUR_MS])(
  'row 33: a machine that is %i ms ahead reckons by the server, and says so',
  async (skewMs) => {
    const self = world({ skewMs });
    const clock = await open(self);
    expect(clock.now()).toBe(SERVER);
    expect(clock.skewMs()).toBe(skewMs);
    expect(self.said).toEqual([
      "the clock of this machine differs from the server's: mail goes by the server's",
    ]);
    self.passed += 5000;
    expect(clock.now()).toBe(SERVER + 5000);
  },
);

test('row 33: a clock that is set while the service runs changes nothing, and is told once', async () => {
  const self = world();
  const clock = await open(self);
  expect(self.said).toEqual([]);
  self.skewMs = -HOUR_MS;
  expect(clock.now()).toBe(SERVER);
  self.reconnect();
  self.reconnect();
  await settled();
  expect(clock.now()).toBe(SERVER);
  expect(self.said).toHaveLength(1);
  self.skewMs = 0;
  self.reconnect();
  await settled();
  expect(self.said.at(-1)).toBe("the clock of this machine is right again by the server's");
});

test('row 33: until the server tells the time, this machine has to do', async () => {
  const self = world({ isAway: true, skewMs: HOUR_MS });
  const clock = await open(self);
  expect(clock.now()).toBe(SERVER + HOUR_MS);
  expect(clock.skewMs()).toBeUndefined();
  self.isAway = false;
  self.reconnect();
  await settled();
  expect(clock.now()).toBe(SERVER);
  self.isAway = true;
  self.reconnect();
  await settled();
  self.passed += 60_000;
  expect(clock.now()).toBe(SERVER + 60_000);
});

test('an answer that was too slow to tell the time is no answer', async () => {
  const self = world({ storeMs: 2500 });
  expect((await open(self)).skewMs()).toBeUndefined();
});

test('what a look can\u2019t tell is no reason to jump', async () => {
  const self = world();
  const clock = await open(self);
  self.storeMs = 150;
  self.reconnect();
  await settled();
  // The record's time is taken for that of half the way: 75 ms off.
  expect(clock.now()).toBe(SERVER + self.passed);
});

describe('for how long the server has worked without a break', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A look every half minute. */
  async function pass(self: World, seconds: number): Promise<void> {
    for (let passed = 0; passed < seconds; passed += 30) {
      self.passed += 30_000;
      vi.advanceTimersByTime(30_000);
      await settled();
    }
  }

  async function worked(self: World): Promise<ServerClock> {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const clock = await start(self);
    await pass(self, 3600);
    expect(clock.steadyMs()).toBe(HOUR_MS);
    return clock;
  }

  test('it begins with the first answer, and with the first after a reconnect', async () => {
    const self = world();
    const clock = await worked(self);
    self.reconnect();
    await settled();
    expect(clock.steadyMs()).toBe(0);
    await pass(self, 60);
    expect(clock.steadyMs()).toBe(60_000);
  });

  test('rows 11 and 15: it is over when nothing can be stored, though the connection stands', async () => {
    const self = world();
    const clock = await worked(self);
    self.isAway = true;
    await pass(self, 30);
    expect(clock.steadyMs()).toBe(0);
    self.isAway = false;
    await pass(self, 90);
    expect(clock.steadyMs()).toBe(60_000);
  });

  test('it is over when an answer takes too long', async () => {
    const self = world();
    const clock = await worked(self);
    self.storeMs = 2500;
    await pass(self, 30);
    expect(clock.steadyMs()).toBe(0);
  });

  test('it is over when this process stood still: nobody asked meanwhile', async () => {
    const self = world();
    const clock = await worked(self);
    self.passed += HOUR_MS;
    expect(clock.steadyMs()).toBe(0);
    await pass(self, 60);
    expect(clock.steadyMs()).toBe(30_000);
  });
});
