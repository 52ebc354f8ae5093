// More copies of a service share the work, and double nothing.
import { eventually, freePort } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFaultWorld, type FaultWorld } from '../support/fault-world.ts';
import { startCopy, type ServiceCopy } from '../support/service-copy.ts';
import { mailText, submitBySmtp } from '../support/submit.ts';

describe('copies of a service', () => {
  let world: FaultWorld;
  const copies: ServiceCopy[] = [];

  beforeAll(async () => {
    // Longer than anything here takes: no copy takes over from one that is merely slow.
    world = await startFaultWorld({ TAKEOVER_AFTER: '30s' });
  });

  afterAll(async () => {
    for (const copy of copies) await copy.stop();
    await world.close();
  });

  test.each([2, 4])('%i of mx-delivery share the work, and every message comes once', async (count) => {
    const first = await world.system.pidOf('mx-delivery');
    while (copies.length < count - 1) copies.push(await startCopy(first));
    const before = await Promise.all(copies.map(deliveredBy));
    await Promise.all(Array.from({ length: 200 }, () => world.submit()));
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 200, doubles: 0 });
    const after = await Promise.all(copies.map(deliveredBy));
    const byCopies = after.map((delivered, index) => delivered - (before[index] ?? 0));
    expect(Math.min(...byCopies)).toBeGreaterThan(0);
    expect(byCopies.reduce((sum, each) => sum + each, 0)).toBeLessThan(200);
  });

  test.each([2, 4])('%i of smtp-ingress take mail for one queue', async (count) => {
    const first = await world.system.pidOf('smtp-ingress');
    const doors: ServiceCopy[] = [];
    const ports: number[] = [];
    try {
      while (doors.length < count - 1) {
        const [starttls, tls] = [await freePort(), await freePort()];
        const env = { SMTP_STARTTLS_PORTS: String(starttls), SMTP_TLS_PORTS: String(tls) };
        doors.push(await startCopy(first, env));
        ports.push(starttls);
      }
      const ids = await Promise.all(
        ports.flatMap((starttls) => Array.from({ length: 20 }, () => submitTo(starttls))),
      );
      expect(new Set(ids).size).toBe(ids.length);
      const trace = (id: string) =>
        world
          .receiver()
          .messages()
          .filter(({ content }) => content.includes(id)).length;
      await eventually(() => ids.every((id) => trace(id) > 0), { what: 'every mail' });
      expect(ids.map(trace)).toEqual(ids.map(() => 1));
    } finally {
      for (const door of doors) await door.stop();
    }
  });

  function submitTo(starttls: number): Promise<string> {
    const { system } = world;
    return submitBySmtp(
      { env: system.env, ports: { ...system.ports, starttls } },
      { to: ['someone@receiver.test'], raw: mailText('by another door') },
    );
  }
});

async function deliveredBy({ operationsPort }: ServiceCopy): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${String(operationsPort)}/metrics`);
  const lines = (await response.text()).matchAll(
    /^sealpost_recipient_outcomes_total\{outcome="delivered".*\} (\d+)$/gm,
  );
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}
