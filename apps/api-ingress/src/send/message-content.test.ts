import type { ArrivingContent } from '@sealpost/submission';
import { expect, test } from 'vitest';
import { messageContent } from './message-content.ts';

const limits = { inlineBytes: 100, maxBytes: 1000 };
const partsOf = (text: string, size: number) =>
  Array.from({ length: Math.ceil(text.length / size) }, (_part, at) =>
    Buffer.from(text.slice(at * size, (at + 1) * size)),
  );

async function whole(content: Buffer | ArrivingContent): Promise<string> {
  if (Buffer.isBuffer(content)) return content.toString();
  const parts = [content.head];
  for await (const part of content.rest) parts.push(part);
  return Buffer.concat(parts).toString();
}

test.each([1, 2, 3, 7, 1000])(
  '4.2 row 48: bare line ends become CRLF, in pieces of %i bytes',
  async (size) => {
    const content = await messageContent(partsOf('a\r\nb\nc\rd\r\r\n\n', size), limits);
    expect(await whole(content)).toBe('a\r\nb\r\nc\r\nd\r\n\r\n\r\n');
  },
);

test('large content goes on while it is read, small content is gathered', async () => {
  const text = 'x\r\n'.repeat(200);
  const large = await messageContent(partsOf(text, 50), limits);
  expect(Buffer.isBuffer(large)).toBe(false);
  expect(await whole(large)).toBe(text);
  expect(Buffer.isBuffer(await messageContent(partsOf('x\r\n', 1), limits))).toBe(true);
});

test('what is wrong with large content is told at its end', async () => {
  const nul = await messageContent(partsOf(`${'x\r\n'.repeat(200)}\0`, 50), limits);
  const long = await messageContent(partsOf('x\r\n'.repeat(1000), 50), limits);
  for (const [content, fault] of [
    [nul, 'Message has a NUL octet.'],
    [long, 'Message length is more than the allowed 1000 bytes'],
  ] as const) {
    if (Buffer.isBuffer(content)) throw new Error('not large');
    await whole(content);
    expect(content.fault()).toBe(fault);
  }
  await expect(messageContent(partsOf('a\0', 9), limits)).rejects.toThrow('NUL');
  await expect(messageContent(partsOf('abc', 9), { inlineBytes: 100, maxBytes: 2 })).rejects.toThrow(
    '2 bytes',
  );
});
