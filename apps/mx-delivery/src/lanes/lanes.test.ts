import { eventually, gate } from '@sealpost/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { HandedSession } from '../attempt/handed-session.ts';
import { openLanes, type Lanes } from './lanes.ts';

const open: Lanes[] = [];

afterEach(() => {
  for (const lanes of open.splice(0)) lanes.close();
});

function lanesOf(limits: { readonly concurrency: number; readonly maxWaitMs: number }, isCrowded = false) {
  let time = 0;
  const deps = { now: () => time, isCrowded: () => isCrowded };
  const lanes = openLanes({ ...limits, patienceMs: 400 }, deps);
  open.push(lanes);
  return { lanes, pass: (ms: number) => (time += ms) };
}

const by = (destination: string, sender = 'a', needs = 'Optional') => ({ destination, sender, needs });
const taught = { hosts: [] };
const served = (host: string) => ({ hosts: [{ host, conduct: 'served' as const }] });

test('a destination gets so many attempts at a time, and another destination does not wait for it', async () => {
  const { lanes } = lanesOf({ concurrency: 2, maxWaitMs: 60_000 });
  const slow = gate();
  const started: string[] = [];
  const run = (destination: string, name: string) =>
    lanes.run(by(destination), async () => {
      started.push(name);
      if (destination === 'slow') await slow.opened;
      return { ...taught, name };
    });
  const all = [run('slow', 's1'), run('slow', 's2'), run('slow', 's3')];
  expect(await run('quick', 'q1')).toMatchObject({ kind: 'ran', value: { name: 'q1' } });
  expect(started).toEqual(['s1', 's2', 'q1']);
  slow.open();
  expect(await Promise.all(all)).toMatchObject(['s1', 's2', 's3'].map((name) => ({ value: { name } })));
});

test('a success opens places for those who wait', async () => {
  const { lanes } = lanesOf({ concurrency: 20, maxWaitMs: 60_000 });
  const gates = Array.from({ length: 6 }, gate);
  let started = 0;
  const all = gates.map(({ opened }) =>
    lanes.run(by('mx'), async () => {
      started += 1;
      await opened;
      return served('mx');
    }),
  );
  await eventually(() => started === 2);
  gates[0]?.open();
  await eventually(() => started === 4);
  for (const each of gates) each.open();
  await Promise.all(all);
});

const met = (host: string, conduct: 'served' | 'unreachable') => ({ host, conduct });

test('what each host of an attempt did is learned for that host', async () => {
  const { lanes } = lanesOf({ concurrency: 20, maxWaitMs: 60_000 });
  await lanes.run(by('mx1'), async ({ moveTo }) => {
    await moveTo('mx2', [met('mx1', 'unreachable')]);
    return { hosts: [met('mx1', 'unreachable'), met('mx2', 'served')] };
  });
  const held = gate();
  const started: string[] = [];
  const run = (host: string) =>
    lanes.run(by(host), async () => {
      started.push(host);
      await held.opened;
      return taught;
    });
  const all = ['mx1', 'mx1', 'mx1', 'mx2', 'mx2', 'mx2', 'mx2'].map(run);
  await eventually(() => started.length === 4);
  expect(started).toEqual(['mx1', 'mx2', 'mx2', 'mx2']);
  held.open();
  await Promise.all(all);
});

test('attempts whose first hosts are down go to their shared fallback as many at a time as its lane lets', async () => {
  const { lanes } = lanesOf({ concurrency: 20, maxWaitMs: 60_000 });
  const held = gate();
  let atFallback = 0;
  const left: Promise<unknown>[] = [];
  const all = Array.from({ length: 50 }, (_each, index) => {
    const first = `mx${String(index)}`;
    const down = [met(first, 'unreachable')];
    const attempt = lanes.run(by(first), async ({ moveTo }) => {
      expect(await moveTo('shared', down)).toBe(true);
      atFallback += 1;
      await held.opened;
      return { hosts: [...down, met('shared', 'served')] };
    });
    // The first host has its place free as soon as it is not talked to any more.
    left.push(lanes.run(by(first), () => Promise.resolve(taught)));
    return attempt;
  });
  await Promise.all(left);
  expect(atFallback).toBe(2);
  held.open();
  await Promise.all(all);
  expect(atFallback).toBe(50);
});

test('an attempt that finds no place at the fallback host in time is told, and holds none', async () => {
  const { lanes, pass } = lanesOf({ concurrency: 1, maxWaitMs: 1000 });
  const held = gate();
  const occupied = lanes.run(by('shared'), () => held.opened.then(() => taught));
  const attempt = lanes.run(by('mx1'), async ({ moveTo }) => ({
    ...taught,
    hasMoved: await moveTo('shared', []),
  }));
  await lanes.run(by('mx1'), () => Promise.resolve(taught));
  pass(1001);
  expect(await attempt).toMatchObject({ kind: 'ran', value: { hasMoved: false } });
  expect(await lanes.run(by('mx1'), () => Promise.resolve(taught))).toMatchObject({ kind: 'ran' });
  held.open();
  await occupied;
  expect(await lanes.run(by('shared'), () => Promise.resolve(taught))).toMatchObject({ kind: 'ran' });
});

test('what waits too long for its destination is told that it is busy', async () => {
  const { lanes, pass } = lanesOf({ concurrency: 1, maxWaitMs: 1000 });
  const slow = gate();
  const first = lanes.run(by('slow'), () => slow.opened.then(() => taught));
  const second = lanes.run(by('slow'), () => Promise.resolve(taught));
  pass(1001);
  expect(await second).toMatchObject({ kind: 'busy' });
  slow.open();
  expect(await first).toMatchObject({ kind: 'ran' });
});

test('a destination in which nothing ends turns newcomers away, and the last of those who wait', async () => {
  const { lanes, pass } = lanesOf({ concurrency: 2, maxWaitMs: 1000 });
  const dead = gate();
  const all = Array.from({ length: 12 }, () => lanes.run(by('dead'), () => dead.opened.then(() => taught)));
  pass(300);
  // A burst at the start is no jam yet.
  all.push(lanes.run(by('dead'), () => dead.opened.then(() => taught)));
  pass(200);
  // Two run, eleven wait: at half a second each, and two at a time, the fifth would wait for longer than a second.
  expect(await lanes.run(by('dead'), () => Promise.resolve(taught))).toMatchObject({ kind: 'busy' });
  expect((await Promise.all(all.slice(6))).every(({ kind }) => kind === 'busy')).toBe(true);
  dead.open();
  expect((await Promise.all(all.slice(0, 6))).every(({ kind }) => kind === 'ran')).toBe(true);
});

test.each([
  ['several slow destinations that together fill the process give way to the others', ['s1', 's2'], [6, 6]],
  ['one that fills it alone does not', ['s1'], [0]],
])('%s', async (_title, destinations, turnedAway) => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  try {
    const { lanes, pass } = lanesOf({ concurrency: 2, maxWaitMs: 4000 }, true);
    const slow = gate();
    const runs = destinations.map((destination) =>
      Array.from({ length: 12 }, () => lanes.run(by(destination), () => slow.opened.then(() => taught))),
    );
    // Two run, ten wait, at half a second each and two at a time: the last for 2.5 s, of 4 s or of one.
    pass(500);
    vi.advanceTimersByTime(1000);
    slow.open();
    const results = await Promise.all(runs.map((ofOne) => Promise.all(ofOne)));
    expect(results.map((ofOne) => ofOne.filter(({ kind }) => kind === 'busy').length)).toEqual(turnedAway);
  } finally {
    vi.useRealTimers();
  }
});

describe('those that find no place', () => {
  const slowLane = () => {
    const { lanes, pass } = lanesOf({ concurrency: 2, maxWaitMs: 1000 });
    const slow = gate();
    const run = async () => {
      const result = await lanes.run(by('slow'), () => slow.opened.then(() => served('slow')));
      return result.kind === 'busy' ? result.delayMs : 0;
    };
    return { run, pass, open: slow.open, fill: () => Array.from({ length: 12 }, run) };
  };

  test('come back when nothing has ended for twice as long, and not all day', async () => {
    const { run, pass, open, fill } = slowLane();
    const all = fill();
    pass(500);
    expect([await run(), await run()]).toEqual([10_000, 10_000]);
    pass(60_000);
    all.push(...fill());
    pass(500);
    expect(await run()).toBe(61_000);
    pass(3_600_000);
    expect(await run()).toBe(600_000);
    open();
    await Promise.all(all);
  });

  test('come back as fast as the lane serves', async () => {
    const first = lanesOf({ concurrency: 2, maxWaitMs: 1000 });
    await first.lanes.run(by('slow'), () => {
      first.pass(2000);
      return Promise.resolve(served('slow'));
    });
    const slow = gate();
    const run = () => first.lanes.run(by('slow'), () => slow.opened.then(() => served('slow')));
    const all = Array.from({ length: 12 }, run);
    first.pass(500);
    // Two at a time, and two seconds each.
    expect([await run(), await run(), await run()]).toMatchObject([
      { delayMs: 11_000 },
      { delayMs: 12_000 },
      { delayMs: 13_000 },
    ]);
    const last = await Promise.all(Array.from({ length: 5000 }, run));
    expect(last.at(-1)).toMatchObject({ delayMs: 600_000 });
    slow.open();
    await Promise.all(all);
  });
});

test('a destination that moves lets a long row wait', async () => {
  const { lanes, pass } = lanesOf({ concurrency: 2, maxWaitMs: 1000 });
  const results: Promise<{ kind: string }>[] = [];
  for (let each = 0; each < 500; each += 1) {
    results.push(
      lanes.run(by('quick'), async () => {
        await Promise.resolve();
        pass(1);
        return served('quick');
      }),
    );
  }
  expect((await Promise.all(results)).every(({ kind }) => kind === 'ran')).toBe(true);
});

describe('row 43: senders at one destination', () => {
  test('take turns: one message waits behind one of each other sender, not behind the thousands of one', async () => {
    const { lanes } = lanesOf({ concurrency: 1, maxWaitMs: 60_000 });
    const held = gate();
    const served: string[] = [];
    const run = (sender: string) =>
      lanes.run(by('mx', sender), async () => {
        await held.opened;
        served.push(sender);
        return taught;
      });
    const flood = Array.from({ length: 5000 }, () => run('flood'));
    const others = ['b', 'c', 'b'].map(run);
    held.open();
    await Promise.all(others);
    expect(served.slice(0, 6)).toEqual(['flood', 'flood', 'b', 'c', 'flood', 'b']);
    await Promise.all(flood);
    expect(served).toHaveLength(5003);
  });

  test('where one has filled the lane, its own go to DEFERRED and another still finds a place in time', async () => {
    const { lanes, pass } = lanesOf({ concurrency: 2, maxWaitMs: 1000 });
    const slow = gate();
    const run = (sender: string) => lanes.run(by('slow', sender), () => slow.opened.then(() => taught));
    const flood = Array.from({ length: 30 }, () => run('flood'));
    pass(500);
    const other = run('other');
    expect(await run('flood')).toMatchObject({ kind: 'busy' });
    // Two run, and at half a second each, two at a time, four have their turn within a second.
    const turnedAway = await Promise.all(flood.slice(5));
    expect(turnedAway.every(({ kind }) => kind === 'busy')).toBe(true);
    slow.open();
    expect(await other).toMatchObject({ kind: 'ran' });
    expect((await Promise.all(flood.slice(0, 5))).every(({ kind }) => kind === 'ran')).toBe(true);
  });
});

test('a failing attempt gives its place back', async () => {
  const { lanes } = lanesOf({ concurrency: 1, maxWaitMs: 60_000 });
  await expect(lanes.run(by('d'), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await lanes.run(by('d'), () => Promise.resolve(taught))).toMatchObject({ kind: 'ran' });
});

/** One place, and a host that was served in 100 ms: what is handed on is `session`, and whether it was dropped is noted. */
async function servedLane(concurrency = 1) {
  const { lanes, pass } = lanesOf({ concurrency, maxWaitMs: 60_000 });
  await lanes.run(by('mx'), () => {
    pass(100);
    return Promise.resolve(served('mx'));
  });
  const dropped: string[] = [];
  const session = (name: string) =>
    ({ session: { name }, drop: () => dropped.push(name) }) as unknown as HandedSession;
  return { lanes, pass, session, dropped };
}

test('an attempt that waits for the last word only gives its place and session to the next, who needs the same', async () => {
  const { lanes, session, dropped } = await servedLane();
  const last = gate();
  const got: (HandedSession | undefined)[] = [];
  const mine = session('mine');
  const first = lanes.run(by('mx'), async ({ handOn }) => {
    await Promise.resolve();
    expect(handOn(mine)).toBe(true);
    // Once.
    expect(handOn(session('again'))).toBe(false);
    await last.opened;
    return served('mx');
  });
  const run = (sender: string) =>
    lanes.run(by('mx', sender), ({ takeOver }) => {
      got.push(takeOver(), takeOver());
      return last.opened.then(() => served('mx'));
    });
  const others = [run('a'), run('b')];
  await eventually(() => got.length === 2);
  expect(got).toEqual([mine, undefined]);
  last.open();
  await Promise.all([first, ...others]);
  expect(got.slice(2)).toEqual([undefined, undefined]);
  expect(dropped).toEqual([]);
});

test.each([
  ['whoever is next needs another session', 'Require', 100],
  ['attempts there take more than a second', 'Optional', 8000],
])('nothing is handed on when %s', async (_reason, needs, attemptMs) => {
  const { lanes, pass, session } = await servedLane();
  await lanes.run(by('mx'), () => {
    pass(attemptMs);
    return Promise.resolve(served('mx'));
  });
  const first = lanes.run(by('mx'), async ({ handOn }) => {
    await Promise.resolve();
    expect(handOn(session('mine'))).toBe(false);
    return served('mx');
  });
  await Promise.all([first, lanes.run(by('mx', 'a', needs), () => Promise.resolve(taught))]);
});

/** Whether an attempt at `mx` finds somebody to hand its place to, while one waits. */
async function handsOn(lanes: Lanes, session: HandedSession): Promise<boolean> {
  let told = false;
  const first = lanes.run(by('mx'), async ({ handOn }) => {
    await Promise.resolve();
    told = handOn(session);
    return taught;
  });
  await Promise.all([first, lanes.run(by('mx', 'a'), () => Promise.resolve(taught))]);
  return told;
}

test('nothing is handed on before it is known how long attempts take there, nor after none but slow ones', async () => {
  const { lanes, pass } = lanesOf({ concurrency: 1, maxWaitMs: 60_000 });
  const session = { drop: () => undefined } as unknown as HandedSession;
  expect(await handsOn(lanes, session)).toBe(false);
  await lanes.run(by('mx'), () => {
    pass(8000);
    return Promise.resolve(served('mx'));
  });
  // Of one that was not served nothing is learned.
  await lanes.run(by('mx'), () => Promise.resolve(taught));
  expect(await handsOn(lanes, session)).toBe(false);
});

test('one slow attempt does not make a lane slow, nor does the wait for the last word after handing on', async () => {
  const { lanes, pass, session } = await servedLane();
  await lanes.run(by('mx'), () => {
    pass(4000);
    return Promise.resolve(served('mx'));
  });
  const first = lanes.run(by('mx'), async ({ handOn }) => {
    await Promise.resolve();
    expect(handOn(session('mine'))).toBe(true);
    pass(8000);
    return served('mx');
  });
  await Promise.all([first, lanes.run(by('mx', 'a'), () => Promise.resolve(taught))]);
  expect(await handsOn(lanes, session('other'))).toBe(true);
});

test('a host that has enough gets fewer places, whoever hands them on', async () => {
  const { lanes, session } = await servedLane(4);
  // 2 places at first, 1 more for each that is served.
  await lanes.run(by('mx'), () => Promise.resolve(served('mx')));
  const [overloaded, others] = [gate(), gate()];
  const running = [overloaded, others, others].map(({ opened }) =>
    lanes.run(by('mx'), async () => {
      await opened;
      return { hosts: [{ host: 'mx', conduct: 'overloaded' as const }] };
    }),
  );
  const told: boolean[] = [];
  const first = lanes.run(by('mx'), async ({ handOn }) => {
    await overloaded.opened;
    await running[0];
    told.push(handOn(session('mine')));
    return taught;
  });
  const waiting = lanes.run(by('mx'), () => Promise.resolve(taught));
  overloaded.open();
  await first;
  expect(told).toEqual([false]);
  others.open();
  await Promise.all([...running, waiting]);
});

test('a place that was handed on is free when both have left, and a session that nobody took is dropped', async () => {
  const { lanes, session, dropped } = await servedLane();
  const last = gate();
  const first = lanes.run(by('mx'), async ({ handOn }) => {
    await Promise.resolve();
    handOn(session('mine'));
    await last.opened;
    return served('mx');
  });
  await lanes.run(by('mx'), () => Promise.resolve(taught));
  expect(dropped).toEqual(['mine']);
  let isThird = false;
  const third = lanes.run(by('mx'), () => {
    isThird = true;
    return Promise.resolve(taught);
  });
  await lanes.run(by('other'), () => Promise.resolve(taught));
  expect(isThird).toBe(false);
  last.open();
  await Promise.all([first, third]);
  expect(isThird).toBe(true);
});

test('one that handed its place on and goes on at the same host waits for another', async () => {
  const { lanes, session } = await servedLane();
  const next = gate();
  const order: string[] = [];
  const first = lanes.run(by('mx'), async ({ handOn, moveTo }) => {
    await Promise.resolve();
    handOn(session('mine'));
    expect(await moveTo('mx', served('mx').hosts)).toBe(true);
    order.push('first again');
    return taught;
  });
  const second = lanes.run(by('mx'), async () => {
    await next.opened;
    order.push('second');
    return taught;
  });
  await lanes.run(by('other'), () => Promise.resolve(taught));
  next.open();
  await Promise.all([first, second]);
  expect(order).toEqual(['second', 'first again']);
});
