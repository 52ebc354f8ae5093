import { randomUUID } from 'node:crypto';
import { connectBus, type Bus } from '@sealpost/bus';
import { formatMessageId } from '@sealpost/mail';
import { startNats, type Engine } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSpool, type Spool } from '../src/index.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('the spool over a real NATS server', () => {
  let nats: Engine;
  let bus: Bus;
  let spool: Spool;

  beforeAll(async () => {
    nats = await startNats();
    bus = await connectBus({ servers: nats.url, clientName: 'test' }, log);
    spool = await openSpool(bus, 64 * 1024);
  });

  afterAll(async () => {
    await bus.close();
    await nats.stop();
  });

  const newId = () => formatMessageId('us-east-1', Date.now(), randomUUID());

  test('small content travels inside its record', async () => {
    const content = Buffer.from('Subject: x\r\n\r\nsmall');
    const kept = await spool.keep(newId(), content);
    expect(kept).toEqual({ kind: 'inline', bytes: content });
    expect(await spool.read(kept)).toEqual(content);
  });

  test('large content is stored byte for byte, and gone after it is discarded', async () => {
    const content = Buffer.alloc(20 * 1024 * 1024, 'line of content\r\n');
    const messageId = newId();
    const kept = await spool.keep(messageId, content);
    expect(kept).toEqual({ kind: 'spooled', objectName: messageId, sizeBytes: content.length });
    expect((await spool.read(kept))?.equals(content)).toBe(true);
    await spool.discard(kept);
    expect(await spool.read(kept)).toBeUndefined();
  });

  test('content that no record names any more is swept by age', async () => {
    const kept = await spool.keep(newId(), Buffer.alloc(100_000));
    expect(await spool.sweep(Date.now() - 60_000)).toBe(0);
    expect(await spool.sweep(Date.now() + 60_000)).toBe(1);
    expect(await spool.read(kept)).toBeUndefined();
  });

  test('content larger than a record may be is never kept inline, whatever the setting says', async () => {
    const generous = await openSpool(bus, 100 * 1024 * 1024);
    expect((await generous.keep(newId(), Buffer.alloc(bus.maxRecordBytes))).kind).toBe('spooled');
  });
});
