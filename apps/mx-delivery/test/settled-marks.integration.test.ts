import { randomUUID } from 'node:crypto';
import { formatMessageId } from '@sealpost/mail';
import { eventually, startRedis, type Engine } from '@sealpost/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { forgetFinished, startForgetting } from '../src/marks/forget-finished.ts';
import { openSettledMarks, type SettledMarks } from '../src/marks/settled-marks.ts';

describe('what is finished, in a real Redis', () => {
  let engine: Engine;
  let redis: Redis;
  let marks: SettledMarks;

  beforeAll(async () => {
    engine = await startRedis();
    redis = new Redis(engine.url);
    marks = openSettledMarks(redis);
  });

  beforeEach(async () => {
    await redis.flushall();
  });

  afterAll(async () => {
    redis.disconnect();
    await engine.stop();
  });

  const DAY_SECONDS = 86_400;

  function jobOf(acceptedAt: number): string {
    return `${formatMessageId('us-east-1', acceptedAt, randomUUID())}-0`;
  }

  function eventOf(jobId: string, attempt = 1) {
    const messageId = formatMessageId('us-east-1', 1, randomUUID());
    return {
      type: 'delivery',
      messageId,
      id: `${jobId}:${attempt}:delivery:0`,
      json: `{"a":"${jobId}"}`,
    } as const;
  }

  async function finishedOf(jobId: string, ...recipients: readonly string[]) {
    const { isFinished } = await marks.read(jobId);
    return recipients.filter(isFinished);
  }

  /** As if the last one of each moment had been finished so long ago. */
  async function letPass(seconds: number): Promise<void> {
    for (const [hash, score] of Object.entries(await times()))
      await redis.zadd('{sealpost}:finished-jobs', score - seconds, hash);
  }

  async function times(): Promise<Readonly<Record<string, number>>> {
    const flat = await redis.zrangebyscore('{sealpost}:finished-jobs', '-inf', '+inf', 'WITHSCORES');
    return Object.fromEntries(
      flat.flatMap((name, at) => (at % 2 === 0 ? [[name, Number(flat[at + 1])] as const] : [])),
    );
  }

  test('recipients of a job are finished one by one, each with the event that tells of it until that is stored', async () => {
    const first = eventOf('job');
    const later = eventOf('job', 2);
    await marks.mark('job', ['a@x.test'], first);
    await marks.mark('job', ['b@x.test'], later);
    await marks.forgetUntold('job', { event: first, isOfAll: false });
    expect(await finishedOf('job', 'a@x.test', 'b@x.test', 'c@x.test')).toEqual(['a@x.test', 'b@x.test']);
    const left = { event: later, isOfAll: false };
    expect((await marks.read('job')).untold).toEqual([left]);
    await marks.forgetUntold('job', left);
    expect((await marks.read('job')).untold).toEqual([]);
  });

  test('a job of which nothing is left is finished whoever its recipients were, and no other of its minute is', async () => {
    const [finished, other] = [jobOf(65_536), jobOf(65_537)];
    await marks.mark(finished, 'all', eventOf(finished));
    expect(await finishedOf(finished, 'a@x.test', 'b@x.test')).toEqual(['a@x.test', 'b@x.test']);
    expect(await finishedOf(other, 'a@x.test')).toEqual([]);
  });

  test('its event is kept until it is stored, beside those of its recipients', async () => {
    const job = jobOf(1);
    const [ofSome, ofAll] = [eventOf(job), eventOf(job, 2)];
    await marks.mark(job, ['a@x.test'], ofSome);
    await marks.mark(job, 'all', ofAll);
    expect((await marks.read(job)).untold).toEqual([
      { event: ofAll, isOfAll: true },
      { event: ofSome, isOfAll: false },
    ]);
    await marks.forgetUntold(job, { event: ofAll, isOfAll: true });
    expect((await marks.read(job)).untold).toEqual([{ event: ofSome, isOfAll: false }]);
    expect(await finishedOf(job, 'b@x.test')).toEqual(['b@x.test']);
  });

  test('jobs of several minutes that are finished in one moment have each its own mark and event', async () => {
    const jobs = [1, 2, 65_536, 65_537, 131_072].map(jobOf);
    const marked = jobs.map((job, at) => marks.mark(job, 'all', at === 3 ? undefined : eventOf(job)));
    await Promise.all(marked);
    const events = async () =>
      (await Promise.all(jobs.map((job) => marks.read(job)))).map(({ untold }) => untold[0]?.event.json);
    expect(await events()).toEqual(jobs.map((job, at) => (at === 3 ? undefined : `{"a":"${job}"}`)));
    const [, second = '', third = ''] = jobs;
    await Promise.all(
      [second, third].map((job) => marks.forgetUntold(job, { event: eventOf(job), isOfAll: true })),
    );
    expect((await events()).map((json) => json !== undefined)).toEqual([true, false, false, false, true]);
    for (const job of jobs) expect(await finishedOf(job, 'a@x.test')).toEqual(['a@x.test']);
  });

  test('row 22: with Redis out of memory it is still known what is finished, and what is old goes', async () => {
    const job = jobOf(1);
    await marks.mark(job, 'all', eventOf(job));
    await letPass(60);
    await redis.config('SET', 'maxmemory', '1mb');
    try {
      await expect(marks.mark(jobOf(2), 'all')).rejects.toThrow(/OOM/);
      expect(await finishedOf(job, 'a@x.test')).toEqual(['a@x.test']);
      expect(await marks.forgetJobs(60)).toBe(1);
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
  });

  test('where nobody forgets them, marks go by themselves a day after the last of their minute', async () => {
    const [first, second] = [jobOf(1), jobOf(2)];
    await marks.mark(first, ['a@x.test'], eventOf(first));
    await marks.mark(first, 'all');
    const [hash = ''] = Object.keys(await times());
    await redis.expire(hash, 10);
    await marks.mark(second, 'all');
    for (const key of [hash, `{sealpost}:finished:${first}`])
      expect(await redis.ttl(key)).toBeGreaterThan(DAY_SECONDS - 60);
  });

  describe('when NATS has been there for two hours', () => {
    const logger = { debug: () => undefined };
    const after = (hours: number) =>
      forgetFinished({ clock: { steadyMs: () => hours * 3_600_000 }, marks, logger });

    test('jobs that were finished before that are forgotten, and those of minutes that were added to since are not', async () => {
      const [old, waitedLong, recent] = [jobOf(1), jobOf(65_536), jobOf(131_072)];
      for (const job of [old, waitedLong]) await marks.mark(job, 'all', eventOf(job));
      await letPass(2 * 3600);
      // A message of that minute was delivered only now.
      await marks.mark(jobOf(65_537), 'all');
      await marks.mark(recent, 'all');
      await after(2);
      const left = await Promise.all([old, waitedLong, recent].map((job) => finishedOf(job, 'a@x.test')));
      expect(left).toEqual([[], ['a@x.test'], ['a@x.test']]);
      expect((await redis.keys('*')).sort()).toEqual(
        ['{sealpost}:finished-jobs', ...Object.keys(await times())].sort(),
      );
    });

    test('that is looked at once a minute', async () => {
      const job = jobOf(1);
      await marks.mark(job, 'all');
      await letPass(3 * 3600);
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      const forgetting = startForgetting({ clock: { steadyMs: () => 3 * 3_600_000 }, marks, logger });
      vi.advanceTimersByTime(60_000);
      vi.useRealTimers();
      forgetting.stop();
      await eventually(async () => (await finishedOf(job, 'a@x.test')).length === 0);
    });

    test('recipients that are marked one by one stay: their job may come again much later', async () => {
      const [some, all] = [jobOf(1), jobOf(2)];
      await marks.mark(some, ['a@x.test']);
      await marks.mark(all, 'all');
      await letPass(3 * 3600);
      await after(3);
      expect(await finishedOf(all, 'a@x.test')).toEqual([]);
      expect(await finishedOf(some, 'a@x.test')).toEqual(['a@x.test']);
    });

    test('a job that comes again and again, since its event can’t be stored, stays finished', async () => {
      const job = jobOf(1);
      await marks.mark(job, 'all', eventOf(job));
      await letPass(3 * 3600);
      expect((await marks.read(job)).untold).toHaveLength(1);
      await after(3);
      expect(await finishedOf(job, 'a@x.test')).toEqual(['a@x.test']);
    });

    test('none is forgotten before: what NATS lost when it went away may come again', async () => {
      const job = jobOf(1);
      await marks.mark(job, 'all');
      await letPass(10 * 3600);
      await after(1.9);
      expect(await finishedOf(job, 'a@x.test')).toEqual(['a@x.test']);
    });

    test('rows 18 to 22: with Redis away they stay, and nothing fails', async () => {
      const away = new Redis(engine.url, { lazyConnect: true, enableOfflineQueue: false });
      const clock = { steadyMs: () => 10_000_000 };
      const job = jobOf(1);
      await marks.mark(job, 'all');
      await letPass(10 * 3600);
      await expect(openSettledMarks(away).forgetJobs(0)).rejects.toThrow();
      await forgetFinished({ clock, marks: openSettledMarks(away), logger });
      expect(await finishedOf(job, 'a@x.test')).toEqual(['a@x.test']);
    });
  });
});
