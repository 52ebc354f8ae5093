// Faults Q10, rows 7 and 35: a worker that may have lost its job while it was stopped does not finish the content.
import { describe, expect, test } from 'vitest';
import { plainContent, toldOf, useOutbounds, type World } from './support/outbound.ts';

const outbound = useOutbounds();

const large = Buffer.concat([
  Buffer.from('Subject: large\r\n\r\n'),
  Buffer.from(`${'.x'.repeat(38)}\r\n`.repeat(20_000)),
]);
const openEnded = Buffer.from('Subject: x\r\n\r\nan open last line');

const world = (capabilities?: readonly string[]): World => ({
  hosts: {
    'mx1.y.test': capabilities === undefined ? {} : { capabilities },
    'mx2.y.test': {},
  },
  domains: { 'y.test': ['mx1.y.test', 'mx2.y.test'] },
});

describe('rows 7 and 35: the last moment before the end of the content', () => {
  test.each([
    ['a small content', plainContent, undefined],
    ['a large content', large, undefined],
    ['a large content in chunks', large, ['PIPELINING', 'SIZE', 'CHUNKING']],
    ['a small chunk', openEnded, ['PIPELINING', 'SIZE', 'CHUNKING']],
  ])('%s is not finished, at no host, and nothing is said of its recipients', async (_kind, content, can) => {
    const out = await outbound(world(can));
    const report = await out.send({ to: 'b@y.test', content, isStillOurs: () => false });
    expect(report.isAbandoned).toBe(true);
    expect(toldOf(report)).toEqual([]);
    expect(out.host('mx1.y.test').connections()).toHaveLength(1);
    expect(out.host('mx2.y.test').connections()).toEqual([]);
    // The next one comes over a connection of its own, and arrives.
    expect(toldOf(await out.send({ to: 'b@y.test', content }))).toEqual(['delivered']);
    expect(out.host('mx1.y.test').connections()).toHaveLength(2);
    expect(out.host('mx1.y.test').messages()).toHaveLength(1);
  });

  test('it is asked when all but the end of a large content is out', async () => {
    const out = await outbound(world());
    const asked: number[] = [];
    const isStillOurs = () => {
      asked.push(out.host('mx1.y.test').connections().length);
      return true;
    };
    expect(toldOf(await out.send({ to: 'b@y.test', content: large, isStillOurs }))).toEqual(['delivered']);
    expect(asked).toEqual([1]);
    expect(out.host('mx1.y.test').messages()[0]?.content.equals(large)).toBe(true);
  });
});
