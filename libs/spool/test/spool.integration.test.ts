import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectBus, type Bus } from '@sealpost/bus';
import { formatMessageId } from '@sealpost/mail';
import { eventually, startNats, type Engine } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openContentFolder } from '../src/content-folder.ts';
import { ContentStoreFull, hasMac, openSpool, type Spool } from '../src/index.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const newId = () => formatMessageId('us-east-1', Date.now(), randomUUID());

let nats: Engine;
let bus: Bus;
let scratch: string;

beforeAll(async () => {
  nats = await startNats();
  bus = await connectBus({ servers: nats.url, clientName: 'test' }, log);
  scratch = await mkdtemp(path.join(tmpdir(), 'spool-'));
});

afterAll(async () => {
  await bus.close();
  await nats.stop();
  await rm(scratch, { recursive: true });
});

describe.each(['the object store of a real NATS server', 'a folder'])('the spool over %s', (kind) => {
  let spool: Spool;

  beforeAll(async () => {
    const folder = kind === 'a folder' ? path.join(scratch, 'contents') : undefined;
    spool = await openSpool(bus, { inlineBytes: 64 * 1024, folder });
  });

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
    expect(kept).toMatchObject({ kind: 'spooled', sizeBytes: content.length });
    expect(kept.kind === 'spooled' && kept.objectName).toMatch(new RegExp(`^${messageId}-[0-9a-f]{8}$`));
    expect((await spool.read(kept))?.equals(content)).toBe(true);
    expect(kept.kind === 'spooled' && kept.mac !== undefined && hasMac(content, kept.mac)).toBe(true);
    await spool.discard(kept);
    expect(await spool.read(kept)).toBeUndefined();
    await expect(spool.discard(kept)).resolves.toBeUndefined();
  });

  test('content is stored in order as it arrives, in pieces of any size', async () => {
    const pieces = [1, 300_000, 0, 7, 262_144, 99_999].map((size, index) =>
      Buffer.alloc(size, `${String(index)}.`),
    );
    const arriving = async function* () {
      for (const piece of pieces) {
        await new Promise(setImmediate);
        yield piece;
      }
    };
    const kept = await spool.keepArriving(newId(), arriving());
    const whole = Buffer.concat(pieces);
    expect((await spool.read(kept))?.equals(whole)).toBe(true);
    expect(kept.kind === 'spooled' && kept.mac !== undefined && hasMac(whole, kept.mac)).toBe(true);
  });

  test('a message handed in again does not change what the record of the first time names', async () => {
    const messageId = newId();
    const first = await spool.keep(messageId, Buffer.alloc(100_000, 'a'));
    const second = await spool.keep(messageId, Buffer.alloc(100_000, 'b'));
    expect(await spool.read(first)).toEqual(Buffer.alloc(100_000, 'a'));
    expect(await spool.read(second)).toEqual(Buffer.alloc(100_000, 'b'));
    await spool.discard(second);
    expect(await spool.read(first)).toEqual(Buffer.alloc(100_000, 'a'));
    await spool.discard(first);
  });

  test('content that breaks off is not stored, and the same id may come again', async () => {
    const messageId = newId();
    const breaksOff = async function* () {
      yield Buffer.alloc(300_000);
      await Promise.reject(new Error('the client is gone'));
    };
    await expect(spool.keepArriving(messageId, breaksOff())).rejects.toThrow('the client is gone');
    const kept = await spool.keep(messageId, Buffer.alloc(100_000, 'x'));
    expect((await spool.read(kept))?.length).toBe(100_000);
    await spool.discard(kept);
  });

  test('content that no record names any more is swept by age', async () => {
    await spool.sweep(Date.now() + 60_000);
    const kept = await spool.keep(newId(), Buffer.alloc(100_000));
    expect(await spool.sweep(Date.now() - 60_000)).toBe(0);
    expect(await spool.sweep(Date.now() + 60_000)).toBe(1);
    expect(await spool.read(kept)).toBeUndefined();
  });
});

describe('the spool', () => {
  test('content larger than a record may be is never kept inline, whatever the setting says', async () => {
    const generous = await openSpool(bus, { inlineBytes: 100 * 1024 * 1024, folder: undefined });
    expect((await generous.keep(newId(), Buffer.alloc(bus.maxRecordBytes))).kind).toBe('spooled');
  });

  test('beside a folder records carry 64 KiB, without one 4 MiB, unless the setting says otherwise', async () => {
    const folder = path.join(scratch, 'sizes');
    const bytesOf = async (inlineBytes: number | undefined, of: string | undefined) =>
      (await openSpool(bus, { inlineBytes, folder: of })).inlineBytes;
    expect(await bytesOf(undefined, folder)).toBe(65_536);
    expect(await bytesOf(undefined, undefined)).toBe(Math.min(4_194_304, bus.maxRecordBytes - 131_072));
    expect(await bytesOf(1000, folder)).toBe(1000);
  });

  test('content of the time before there was a folder is still read, and discarded', async () => {
    const kept = await (
      await openSpool(bus, { inlineBytes: 10, folder: undefined })
    ).keep(newId(), Buffer.alloc(99));
    const now = await openSpool(bus, { inlineBytes: 10, folder: path.join(scratch, 'upgraded') });
    expect(await now.read(kept)).toEqual(Buffer.alloc(99));
    await now.discard(kept);
    expect(await now.read(kept)).toBeUndefined();
  });

  test('with another folder, none, or the folder gone, content is away and not lost', async () => {
    const folder = path.join(scratch, 'first');
    const spool = await openSpool(bus, { inlineBytes: 10, folder });
    const kept = await spool.keep(newId(), Buffer.alloc(99));
    const others = [path.join(scratch, 'second'), undefined];
    for (const other of others) {
      const stranger = await openSpool(bus, { inlineBytes: 10, folder: other });
      await expect(stranger.read(kept)).rejects.toThrow('which CONTENT_FOLDER does not name here');
    }
    await rm(folder, { recursive: true });
    await expect(spool.read(kept)).rejects.toThrow('the folder of contents is not there');
    await expect(spool.keep(newId(), Buffer.alloc(99))).rejects.toThrow();
  });

  test('services that start together agree on one folder', async () => {
    const folder = path.join(scratch, 'shared');
    const spools = await Promise.all(
      Array.from({ length: 8 }, () => openSpool(bus, { inlineBytes: 10, folder })),
    );
    const kept = await Promise.all(spools.map((spool) => spool.keep(newId(), Buffer.alloc(99))));
    expect(new Set(kept.map((content) => content.kind === 'spooled' && content.folderId)).size).toBe(1);
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('nobody else on the machine may read content', async () => {
    const folder = path.join(scratch, 'private');
    const messageId = newId();
    const kept = await (await openSpool(bus, { inlineBytes: 10, folder })).keep(messageId, Buffer.alloc(99));
    const objectName = kept.kind === 'spooled' ? kept.objectName : '';
    expect((await stat(folder)).mode & 0o077).toBe(0);
    expect((await stat(path.join(folder, objectName))).mode & 0o077).toBe(0);
  });

  test.each([
    ['a small disk with 5 % left', { blocks: 1000, bavail: 50, bsize: 4096 }, true],
    ['a small disk with less', { blocks: 1000, bavail: 49, bsize: 4096 }, false],
    ['a great disk with 1 GiB left', { blocks: 100_000_000, bavail: 262_144, bsize: 4096 }, true],
    ['a great disk with less', { blocks: 100_000_000, bavail: 262_143, bsize: 4096 }, false],
  ])('row 16: %s', async (_disk, facts, isTaken) => {
    const folder = await openContentFolder(path.join(scratch, 'disk'), () => Promise.resolve(facts));
    const storing = folder.put('some-content', [Buffer.alloc(99)]);
    if (isTaken) await storing;
    else await expect(storing).rejects.toThrow(ContentStoreFull);
    await folder.delete('some-content');
  });

  test('row 16: the disk is looked at for many contents at once, and again a moment later', async () => {
    const roomy = { blocks: 1000, bavail: 500, bsize: 4096 };
    let disk = roomy;
    let looks = 0;
    const folder = await openContentFolder(path.join(scratch, 'changing-disk'), () => {
      looks += 1;
      return Promise.resolve(disk);
    });
    const names = Array.from({ length: 20 }, (_, index) => `content-${String(index)}`);
    await Promise.all(names.map((name) => folder.put(name, [Buffer.alloc(99)])));
    expect(looks).toBe(1);
    disk = { ...roomy, bavail: 0 };
    await eventually(async () => {
      await expect(folder.put('one-too-many', [Buffer.alloc(99)])).rejects.toThrow(ContentStoreFull);
      return true;
    });
    disk = roomy;
    await eventually(() => folder.put('in-time', [Buffer.alloc(99)]));
    expect(await folder.get('in-time', 99)).toEqual(Buffer.alloc(99));
  });

  test('a folder that can’t be made is one sentence', async () => {
    const file = path.join(scratch, 'file');
    await writeFile(file, '');
    await expect(openSpool(bus, { inlineBytes: 10, folder: path.join(file, 'x') })).rejects.toThrow(
      /^CONTENT_FOLDER can't be used: ENOTDIR/,
    );
  });
});
