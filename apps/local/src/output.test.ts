import { expect, test } from 'vitest';
import { createOutput, lineSplitter } from './output.ts';

function captured(isTTY: boolean): { lines: string[]; output: ReturnType<typeof createOutput> } {
  const lines: string[] = [];
  return { lines, output: createOutput({ isTTY, write: (text) => lines.push(text) }, 'info') };
}

const record = '{"level":30,"time":"2026-01-01T00:00:00.000Z","service":"smtp-ingress","msg":"ready"}';

test('log lines stay JSON in a pipe and are readable on a terminal', () => {
  const pipe = captured(false);
  pipe.output.fromProcess('smtp-ingress', [record]);
  expect(pipe.lines).toEqual([`${record}\n`]);
  const terminal = captured(true);
  terminal.output.fromProcess('smtp-ingress', [record]);
  expect(terminal.lines[0]).toContain('ready');
  expect(terminal.lines[0]).not.toContain('{"level"');
});

test('what is no JSON is logged with the name of who said it, and lines for people stay as they are', () => {
  const { lines, output } = captured(false);
  output.fromProcess('nats-server', ['[1] [INF] Server is ready']);
  output.say('sealpost ready');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    process: 'nats-server',
    msg: '[1] [INF] Server is ready',
  });
  expect(lines[1]).toBe('sealpost ready\n');
});

test('lines that came together leave in one write, in their order', () => {
  const { lines, output } = captured(false);
  output.fromProcess('smtp-ingress', [record, '', 'not JSON', record]);
  expect(lines).toHaveLength(1);
  const [first, second, third] = (lines[0] ?? '').split('\n');
  expect([first, third]).toEqual([record, record]);
  expect(JSON.parse(second ?? '')).toMatchObject({ process: 'smtp-ingress', msg: 'not JSON' });
  output.fromQuietProcess('nats-server', ['said at level debug only']);
  expect(lines).toHaveLength(1);
});

test('lines are whole even when characters are split between chunks', () => {
  const lines: string[] = [];
  const split = lineSplitter((each) => lines.push(...each));
  const bytes = Buffer.from('grün\r\nzwei\ndrei');
  for (const byte of bytes) split(Buffer.from([byte]));
  expect(lines).toEqual(['grün', 'zwei']);
});
