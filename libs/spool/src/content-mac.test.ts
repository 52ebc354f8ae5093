import { expect, test } from 'vitest';
import { createContentMac, hasMac } from './content-mac.ts';

async function macOf(...chunks: readonly Buffer[]): Promise<Buffer> {
  const mac = createContentMac();
  let at = 0;
  for await (const chunk of mac.over(chunks)) {
    expect(chunk).toBe(chunks[at]);
    at += 1;
  }
  expect(at).toBe(chunks.length);
  return mac.finish();
}

const content = Buffer.from(
  'Subject: x\r\n\r\nthe body of a message, longer than one block of the cipher\r\n',
);

test.each([
  ['at once', [content]],
  [
    'in pieces of any size',
    [content.subarray(0, 1), content.subarray(1, 1), content.subarray(1, 40), content.subarray(40)],
  ],
])('content that was stored %s is known again, and nothing else is', async (_how, chunks) => {
  const mac = await macOf(...chunks);
  expect(hasMac(content, mac)).toBe(true);
  for (let at = 0; at < content.length; at += 1) {
    const changed = Buffer.from(content);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(hasMac(changed, mac)).toBe(false);
  }
  expect(hasMac(content.subarray(0, -1), mac)).toBe(false);
  expect(hasMac(Buffer.concat([content, Buffer.alloc(1)]), mac)).toBe(false);
});

test('the MAC of one content does not fit another, and each has a key of its own', async () => {
  const [one, same, other] = [
    await macOf(content),
    await macOf(content),
    await macOf(Buffer.from('another')),
  ];
  expect(hasMac(content, other)).toBe(false);
  expect(one.equals(same)).toBe(false);
});

test.each([0, 16, 31, 33])('a MAC of %i bytes fits nothing', (bytes) => {
  expect(hasMac(content, Buffer.alloc(bytes))).toBe(false);
});

test('a content of 50 MB in pieces has a MAC that its whole is known by', async () => {
  const piece = Buffer.alloc(1_000_003, 'line of content\r\n');
  const pieces = Array.from({ length: 50 }, () => piece);
  expect(hasMac(Buffer.concat(pieces), await macOf(...pieces))).toBe(true);
});
