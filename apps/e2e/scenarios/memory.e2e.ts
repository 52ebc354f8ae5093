// How much memory the built ingresses need at their busiest, and what mail leaves behind. Source: faults row 34, Q15.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type TLSSocket } from 'node:tls';
import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { eventually, freePort } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SmtpSession } from '../support/smtp-session.ts';
import { transportTo } from '../support/submit.ts';
import { startSystem, type System } from '../support/system.ts';
import { agentFor, sdkSettings } from '../support/sdk-settings.ts';

const MIB = 1024 * 1024;
const LIMIT_BYTES = 256 * MIB;
const BLOCK_BYTES = 256 * 1024;
const IDLE = 500;
const SENDERS = 20;
/** Little below what is taken at most, 40 MiB. */
const CONTENT_BYTES = 40 * 1000 * 1000;
/** Ordinary lines, and stuffed dots alone: as many lines as there can be for the bytes, each of them to be changed. */
const LINES = [`${'x'.repeat(76)}\r\n`, '..\r\n'];

describe('the memory of the ingresses', () => {
  let system: System;
  const idle: TLSSocket[] = [];

  beforeAll(async () => {
    // Nothing answers there: what is accepted waits, and delivery keeps out of the way.
    const nobody = `127.0.0.1:${String(await freePort())}`;
    system = await startSystem({ env: { SMARTHOST: nobody, RETRY_SCHEDULE: '1h' } });
  });

  afterAll(async () => {
    for (const socket of idle) socket.destroy();
    await system.dispose();
  });

  test(
    'row 34: stays under 256 MiB with 500 idle connections in TLS and 20 messages of 40 MB at the same time, half of them dots',
    { timeout: 300_000 },
    async () => {
      for (let count = 0; count < IDLE; count += 50) {
        idle.push(...(await Promise.all(Array.from({ length: 50 }, () => openIdle(system)))));
      }
      const replies = await Promise.all(
        Array.from({ length: SENDERS }, (_each, index) =>
          sendLarge(system, LINES[index % LINES.length] ?? ''),
        ),
      );
      expect(replies.filter((reply) => reply.startsWith('250 Ok '))).toHaveLength(SENDERS);
      expect(idle.filter(({ destroyed }) => destroyed)).toEqual([]);
      expect(await peakBytes(await system.pidOf('smtp-ingress'))).toBeLessThan(LIMIT_BYTES);
    },
  );

  test(
    'row 34: api-ingress stays under 512 MiB with 8 messages of 40 MB at the same time',
    { timeout: 300_000 },
    async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => sendLargeByApi(system)));
      expect(answers).toEqual(Array.from({ length: 8 }, () => 200));
      expect(await peakBytes(await system.pidOf('api-ingress'))).toBeLessThan(512 * MIB);
    },
  );
});

describe('the memory of mail that has passed', () => {
  const MESSAGES = 1500;
  /** Few: what waits has every right to be kept. */
  const AT_A_TIME = 25;
  const KEPT_BYTES_A_MESSAGE = 2000;
  let system: System;

  beforeAll(async () => {
    system = await startSystem();
    // What is made once, code above all; and a burst, of which V8 learns that messages live long.
    await sendMany(system, MESSAGES, MESSAGES);
  });

  afterAll(() => system.dispose());

  test.each(['smtpIngress', 'mxDelivery'] as const)(
    '%s keeps next to nothing of a message until all of its heap is marked',
    async (service) => {
      const port = system.ports.operations[service];
      const grownBytes: number[] = [];
      // V8 may mark it at any time; what was kept is not to be seen then.
      for (let tries = 0; tries < 6 && grownBytes.length < 3; tries += 1) {
        const before = await heapOf(port);
        await sendMany(system, MESSAGES, AT_A_TIME);
        const after = await heapOf(port);
        if (after.markings === before.markings) grownBytes.push(after.oldBytes - before.oldBytes);
      }
      expect(grownBytes).not.toEqual([]);
      // What was under way at a collection of the nursery is in it too, and differs; what is kept of each message is always.
      expect(Math.min(...grownBytes)).toBeLessThan(MESSAGES * KEPT_BYTES_A_MESSAGE);
    },
  );
});

/** So many at a time, each time until they are delivered. */
async function sendMany(system: System, count: number, atATime: number): Promise<void> {
  const transport = transportTo(system, { maxConnections: 10 });
  const envelope = { from: 'app@sender.test', to: ['someone@receiver.test'] };
  const raw = `From: app@sender.test\r\nSubject: one of many\r\n\r\n${'Lines of some length.\r\n'.repeat(200)}`;
  for (let sent = 0; sent < count; sent += atATime) {
    const before = await deliveredBy(system);
    await Promise.all(Array.from({ length: atATime }, () => transport.sendMail({ envelope, raw })));
    await eventually(async () => (await deliveredBy(system)) >= before + atATime, {
      what: 'deliveries',
      timeoutMs: 60_000,
    });
  }
  transport.close();
}

async function deliveredBy({ ports }: System): Promise<number> {
  return sumOf(await metricsOf(ports.operations.mxDelivery), 'sealpost_delivery_seconds_count');
}

/** The old generation of V8, and how often all of the heap was marked. */
async function heapOf(port: number): Promise<{ readonly oldBytes: number; readonly markings: number }> {
  const metrics = await metricsOf(port);
  return {
    oldBytes: sumOf(metrics, 'nodejs_heap_space_size_used_bytes', 'space="old"'),
    markings: sumOf(metrics, 'nodejs_gc_duration_seconds_count', 'kind="major"'),
  };
}

async function metricsOf(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
}

/** Of all series of a metric, or those with a label. */
function sumOf(metrics: string, name: string, label = ''): number {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

async function sendLargeByApi(system: System): Promise<number> {
  const client = new SESv2Client(sdkSettings(system, await agentFor(system)));
  const lines = `${'x'.repeat(76)}\r\n`.repeat(Math.floor(CONTENT_BYTES / 78));
  const Data = Buffer.from(`From: app@sender.test\r\nTo: someone@receiver.test\r\n\r\n${lines}`);
  const sent = await client.send(new SendEmailCommand({ Content: { Raw: { Data } } }));
  client.destroy();
  return sent.$metadata.httpStatusCode ?? 0;
}

async function openIdle({ ports }: System): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: ports.tls, rejectUnauthorized: false });
  await once(socket, 'data');
  return socket;
}

async function sendLarge(system: System, line: string): Promise<string> {
  const session = await SmtpSession.readyForContent(system);
  session.write('From: app@sender.test\r\nSubject: large\r\n\r\n');
  const lines = Buffer.from(line.repeat(Math.ceil(BLOCK_BYTES / line.length)));
  for (let written = 0; written < CONTENT_BYTES - lines.length; written += lines.length) {
    if (!session.socket.write(lines)) await once(session.socket, 'drain');
  }
  session.write('.\r\n');
  const reply = await session.reply();
  session.close();
  return reply;
}

/** The largest resident set the process ever had (proc(5), VmHWM). */
async function peakBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(status);
  return Number(kib) * 1024;
}
