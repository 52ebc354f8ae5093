// Faults, section 3: processes that die, hang or are replaced, with the accounts of every message.
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { eventually, gate, type ReceiverRule } from '@sealpost/testing';
import { createTransport } from 'nodemailer';
import SMTPConnection from 'nodemailer/lib/smtp-connection/index.js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  killAndAwait,
  redisCommand,
  startFaultWorld,
  whilePaused,
  type Accepted,
  type FaultWorld,
} from '../support/fault-world.ts';
import { mailText } from '../support/submit.ts';
import type { System } from '../support/system.ts';

describe('faults: processes', () => {
  let world: FaultWorld;

  beforeAll(async () => {
    world = await startFaultWorld();
  });

  beforeEach(() => {
    world.script({});
  });

  afterAll(async () => {
    await world.close();
  });

  const kill = async (name: string) => killAndAwait(world.system, name);

  /** Bytes that lie unread in front of NATS: a publish that nobody has acknowledged. */
  async function unreadByNats(): Promise<number> {
    const port = world.nats.port.toString(16).toUpperCase().padStart(4, '0');
    const lines = (await readFile('/proc/net/tcp', 'utf8'))
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    return lines
      .filter((fields) => fields[1]?.endsWith(`:${port}`) === true)
      .reduce((sum, fields) => sum + Number.parseInt(fields[4]?.split(':')[1] ?? '0', 16), 0);
  }

  async function openConnections(): Promise<number> {
    const port = String(world.system.ports.operations.smtpIngress);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^sealpost_smtp_connections(?:\{.*\})? (\d+)$/m.exec(metrics)?.[1] ?? 0);
  }

  function smtpClient(system: System) {
    return new SMTPConnection({
      host: '127.0.0.1',
      port: system.ports.starttls,
      requireTLS: true,
      tls: { rejectUnauthorized: false },
    });
  }

  test('a hundred who log in for the first time while policy-service is slow are all let in', async () => {
    const submitted = await whilePaused([await world.system.pidOf('policy-service')], async () => {
      const all = Array.from({ length: 100 }, () => world.submit());
      await eventually(async () => (await openConnections()) >= 100, { what: 'a hundred connections' });
      return all;
    });
    await Promise.all(submitted);
    expect(await world.settled()).toMatchObject({ delivered: 100, lost: [], doubles: 0 });
  });

  test('row 1: smtp-ingress killed during DATA: the client sees it, nothing is stored', async () => {
    const transport = createTransport({
      host: '127.0.0.1',
      port: world.system.ports.starttls,
      requireTLS: true,
      auth: { user: world.system.env.SMTP_USERNAME ?? '', pass: world.system.env.SMTP_PASSWORD ?? '' },
      tls: { rejectUnauthorized: false },
    });
    const half = new Readable({ read: () => undefined });
    half.push(mailText('half a message'));
    const sending = transport.sendMail({
      envelope: { from: 'app@sender.test', to: ['someone@receiver.test'] },
      raw: half,
    });
    const refused = expect(sending).rejects.toThrow();
    // The receiver of this line is the ingress: its own log tells when content is on its way.
    await eventually(() => half.readableLength === 0);
    await kill('smtp-ingress');
    await refused;
    await world.submitWhenBack();
    const { lost, doubles } = await world.settled();
    expect({ lost, doubles }).toEqual({ lost: [], doubles: 0 });
    expect(
      world
        .receiver()
        .messages()
        .some(({ content }) => content.includes('half a message')),
    ).toBe(false);
  });

  test('row 2: smtp-ingress killed after the message is stored, before 250: delivered, and once', async () => {
    const { system, nats } = world;
    const client = smtpClient(system);
    client.on('error', () => undefined);
    client.on('end', () => undefined);
    await new Promise<void>((resolve, reject) => {
      client.connect(() => {
        const credentials = { user: system.env.SMTP_USERNAME ?? '', pass: system.env.SMTP_PASSWORD ?? '' };
        client.login({ credentials }, (error) => {
          if (error) reject(error);
          else resolve();
        });
      });
    });
    let answer: string | undefined;
    await whilePaused([nats.pid()], async () => {
      const before = await unreadByNats();
      const envelope = { from: 'app@sender.test', to: ['someone@receiver.test'] };
      client.send(envelope, mailText('stored, not answered'), (error, info) => {
        if (error === null) answer = info.response;
      });
      await eventually(async () => (await unreadByNats()) > before + 500, { what: 'the publish' });
      process.kill(await system.pidOf('smtp-ingress'), 'SIGKILL');
      await eventually(() => client.destroyed, { what: 'the reset' });
    });
    expect(answer).toBeUndefined();
    const copies = () =>
      world
        .receiver()
        .messages()
        .filter(({ content }) => content.includes('Subject: stored, not answered')).length;
    await eventually(() => copies() === 1, { timeoutMs: 20_000 });
    await world.submitWhenBack();
    await world.settled();
    expect(copies()).toBe(1);
  });

  test('row 4: mx-delivery killed before the dot: delivered once, by the next one', async () => {
    const before = gate();
    await submitUntilData({ on: 'DATA', after: before.opened });
    await kill('mx-delivery');
    before.open();
    expect(await world.settled()).toMatchObject({ delivered: 1, doubles: 0 });
  });

  test('row 5: mx-delivery killed after the receiver\u2019s 250, before the mark: not lost, at most one double', async () => {
    const beforeReply = gate();
    const message = await submitUntilData({ on: 'content', after: beforeReply.opened });
    await whilePaused([world.nats.pid(), world.redis.pid()], async () => {
      beforeReply.open();
      await eventually(() => world.copies(message) === 1);
      process.kill(await world.system.pidOf('mx-delivery'), 'SIGKILL');
    });
    const { lost, delivered, doubles } = await world.settled();
    expect({ lost, delivered }).toEqual({ lost: [], delivered: 1 });
    expect(doubles).toBeLessThanOrEqual(1);
  });

  test('row 6: mx-delivery killed after the mark, before the ack: no double', async () => {
    const beforeReply = gate();
    const message = await submitUntilData({ on: 'content', after: beforeReply.opened });
    await whilePaused([world.nats.pid()], async () => {
      beforeReply.open();
      // Those of a minute are together, under what their ids begin with.
      const key = `{sealpost}:finished-jobs:${message.messageId.slice(0, 12)}`;
      const mark = `${message.messageId}-0`;
      await eventually(async () => (await redisCommand(world.redis, `HEXISTS ${key} ${mark}`)) === ':1');
      process.kill(await world.system.pidOf('mx-delivery'), 'SIGKILL');
    });
    expect(await world.settled()).toMatchObject({ delivered: 1, doubles: 0 });
  });

  test('row 3: api-ingress killed under load: what was accepted is delivered once', async () => {
    const submitted = Promise.all(Array.from({ length: 4 }, () => world.submitMany(5, { via: 'api' })));
    await kill('api-ingress');
    const accepted = (await submitted).flat();
    const again = await eventually(() => world.submit({ via: 'api' }), { timeoutMs: 20_000 });
    expect(accepted.length).toBeLessThan(20);
    expect(again.messageId).not.toBe('');
    expect(await world.settled()).toMatchObject({ lost: [], doubles: 0 });
  });

  test('row 38: every service replaced in turn under load: nothing lost, nothing doubled', async () => {
    const over = new AbortController();
    const load = (async () => {
      while (!over.signal.aborted) await world.submitMany(3);
    })();
    for (const name of ['policy-service', 'smtp-ingress', 'api-ingress', 'mx-delivery']) {
      await killAndAwait(world.system, name, 'SIGTERM');
    }
    over.abort();
    await load;
    await world.submitWhenBack();
    expect(await world.settled()).toMatchObject({ lost: [], doubles: 0 });
  });

  /** How often the receiver was told DATA so far. */
  function dataCommands(): number {
    const commands = world
      .receiver()
      .connections()
      .flatMap((connection) => connection.commands);
    return commands.filter(({ line }) => line.startsWith('DATA')).length;
  }

  /** Submits with the receiver so scripted, and waits until it is told DATA. */
  async function submitUntilData(rule: ReceiverRule): Promise<Accepted> {
    const before = dataCommands();
    world.script({ rules: [{ ...rule, times: 1 }] });
    const message = await world.submit();
    await eventually(() => dataCommands() > before, { what: 'DATA' });
    return message;
  }
});
