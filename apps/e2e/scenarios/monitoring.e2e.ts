// What the dashboard and the alert rules ask for is what the running services tell.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { eventually, freePort } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mailText, submitBySmtp } from '../support/submit.ts';
import { startSystem, type System } from '../support/system.ts';

const monitoring = path.resolve(import.meta.dirname, '../../../deploy/monitoring');

describe('monitoring', () => {
  let system: System;

  beforeAll(async () => {
    system = await startSystem({
      env: {
        RETURN_PATH_KEY: Buffer.alloc(32, 7).toString('base64'),
        RETURN_PATH_PORT: String(await freePort()),
      },
    });
  });

  afterAll(() => system.dispose());

  async function scrape(port: number): Promise<string> {
    return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  }

  const delivery = () => scrape(system.ports.operations.mxDelivery);

  test.each(['alerts.yml', 'grafana/dashboards/sealpost.json'])(
    '%s: each of its metrics is told',
    async (file) => {
      const asked = (await readFile(path.join(monitoring, file), 'utf8')).match(
        /\b(?:sealpost|process)_[a-z_]+/g,
      );
      const told = (await Promise.all(Object.values(system.ports.operations).map(scrape))).join('\n');
      const names = new Set([...told.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1]));
      const missing = (asked ?? []).filter((name) => !names.has(name.replace(/_bucket$/, '')));
      expect(asked?.length).toBeGreaterThan(10);
      expect(missing).toEqual([]);
    },
  );

  test('a delivered mail is counted by its TLS version and timed; the queues tell their age and their limit', async () => {
    await submitBySmtp(system, { to: ['someone@receiver.test'], raw: mailText('counted') });
    const told = await eventually(
      async () => {
        const text = await delivery();
        return /^sealpost_outgoing_tls_total\{version="TLSv1.3",[^}]*\} 1$/m.test(text) ? text : undefined;
      },
      { what: 'the delivery in the metrics' },
    );
    expect(told).toMatch(/^sealpost_delivery_seconds_count\{[^}]*\} 1$/m);
    expect(told).toMatch(/^sealpost_delivery_seconds_bucket\{le="50400",[^}]*\} 1$/m);
    expect(told).toMatch(/^sealpost_queue_oldest_seconds\{queue="accepted",[^}]*\} \d/m);
    expect(told).not.toMatch(/^sealpost_queue_oldest_seconds\{queue="events"/m);
    expect(told).toMatch(/^sealpost_queue_limit_bytes\{queue="deferred",[^}]*\} [1-9]\d+$/m);
  });

  test('Q1: whether an acknowledged mail is on the disk is said at the start', () => {
    const about =
      /acknowledges records before they are on the disk|whether NATS syncs each record is not known/;
    for (const service of ['smtp-ingress', 'api-ingress']) {
      const said = system
        .output()
        .split('\n')
        .filter((line) => line.includes(`"${service}"`) && about.test(line));
      expect([service, said.length]).toEqual([service, 1]);
    }
  });
});
