import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mailText, submitBySmtp } from '../support/submit.ts';
import {
  ended,
  freePorts,
  spawnStart,
  startEnvironment,
  startSystem,
  type Ports,
} from '../support/system.ts';

describe('npm start', () => {
  let dataDir: string;
  let ports: Ports;

  beforeAll(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'sealpost-start-'));
    ports = await freePorts();
  });

  afterAll(async () => {
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Processes that name the data folder: all that a start has begun. */
  function processesOfStart(): string {
    return spawnSync('pgrep', ['-af', dataDir], { encoding: 'utf8' }).stdout;
  }

  test('a second start reuses credentials, authority and mail; each ends within 10 s with no process left', async () => {
    const first = await startSystem({ dataDir, ports });
    await submitBySmtp(first, { to: ['someone@receiver.test'], raw: mailText('first start') });
    await eventually(async () => (await first.inbox()).length === 1);
    const stopped = await first.stop();
    expect(stopped.status).toBe(0);
    expect(stopped.ms).toBeLessThan(10_000);
    await eventually(() => processesOfStart() === '', { what: 'no process left' });
    const second = await startSystem({ dataDir, ports });
    expect(second.env).toEqual(first.env);
    expect(await second.inbox()).toHaveLength(1);
    await submitBySmtp(second, { to: ['someone@receiver.test'], raw: mailText('second start') });
    await eventually(async () => (await second.inbox()).length === 2);
    expect((await second.stop()).status).toBe(0);
  });

  test('row 12: without the data of NATS it does not start with an empty queue, but when the operator says so', async () => {
    await rm(path.join(dataDir, 'nats'), { recursive: true });
    const { status, output } = await failingStart({});
    expect(status).not.toBe(0);
    const name = /^mx-delivery: The mail that NATS kept is gone: .* set ACCEPT_LOST_STORE=(\S+)\.$/m.exec(
      output,
    )?.[1];
    expect(name).toBeDefined();
    const again = await startSystem({ dataDir, ports, env: { ACCEPT_LOST_STORE: name ?? '' } });
    await submitBySmtp(again, { to: ['someone@receiver.test'], raw: mailText('anew') });
    await eventually(async () => (await again.inbox()).length === 3);
    expect((await again.stop()).status).toBe(0);
  });

  async function failingStart(
    env: Record<string, string>,
  ): Promise<{ status: number | null; output: string }> {
    const started = spawnStart(startEnvironment(dataDir, ports, env));
    await eventually(() => ended(started.child), { timeoutMs: 30_000, what: 'the end of a failing start' });
    return { status: started.child.exitCode, output: started.output() };
  }

  test('a port that is taken gives one sentence that names it, and a non-zero exit', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(ports.starttls, '127.0.0.1', resolve));
    const { status, output } = await failingStart({});
    server.close();
    expect(status).not.toBe(0);
    expect(output).toContain(String(ports.starttls));
    expect(output).toContain('SMTP_STARTTLS_PORTS');
    expect(output).not.toContain('    at ');
  });

  test('a broken certificate file gives one sentence that names it, and a non-zero exit', async () => {
    const file = path.join(dataDir, 'broken.pem');
    await writeFile(file, 'not a certificate');
    const { status, output } = await failingStart({ TLS_CERT_FILE: file, TLS_KEY_FILE: file });
    expect(status).not.toBe(0);
    expect(output).toContain(file);
    expect(output).not.toContain('    at ');
  });
});
