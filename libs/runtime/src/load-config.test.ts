import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import {
  commaList,
  duration,
  flag,
  formatHostPort,
  hostPort,
  loadConfig,
  port,
  portList,
  wholeNumber,
} from './load-config.ts';

const schema = z.object({ A: duration.default(1), B: portList.optional(), C: z.string().min(1) });

test('settings become typed values, with defaults', () => {
  expect(loadConfig(schema, { B: '25, 587', C: 'x' })).toEqual({ A: 1, B: [25, 587], C: 'x' });
});

test('all problems are told in one sentence, and no value is repeated', () => {
  const read = () => loadConfig(schema, { A: 'soon', B: 'secret' });
  expect(read).toThrow(/^Wrong settings: A: expected a duration .*; B: expected port numbers .*; C: .*\.$/);
  expect(read).not.toThrow(/secret/);
});

test.each([
  ['250ms', 250],
  ['90s', 90_000],
  ['15m', 900_000],
  ['14h', 50_400_000],
  ['2d', 172_800_000],
  ['1.5s', 1500],
])('%s are %i milliseconds', (text, expected) => {
  expect(duration.parse(text)).toBe(expected);
});

test.each([
  ['example.test:25', { host: 'example.test', port: 25 }],
  ['[2001:db8::1]:25', { host: '2001:db8::1', port: 25 }],
])('%s is a host and a port, and is written so again', (text, expected) => {
  expect(hostPort.parse(text)).toEqual(expected);
  expect(formatHostPort(expected)).toBe(text);
});

test('what is no port, host, flag or number is refused', () => {
  expect(port.safeParse('65536').success).toBe(false);
  expect(hostPort.safeParse('example.test').success).toBe(false);
  expect(flag.safeParse('maybe').success).toBe(false);
  expect(wholeNumber.safeParse('-1').success).toBe(false);
  expect(flag.parse('on')).toBe(true);
  expect(commaList.parse(' a, ,b ')).toEqual(['a', 'b']);
});

test('a setting may come from a file, and a missing file or a setting given twice is told in one sentence', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sealpost-settings-'));
  const file = path.join(folder, 'secret');
  writeFileSync(file, 'from the file\n');
  const ofFile = z.object({ SECRET: z.string(), CERT_FILE: z.string().default('none') });
  expect(loadConfig(ofFile, { SECRET_FILE: file, CERT_FILE: 'a.pem' })).toEqual({
    SECRET: 'from the file',
    CERT_FILE: 'a.pem',
  });
  expect(() => loadConfig(ofFile, { SECRET_FILE: file, SECRET: 'x' })).toThrow(
    'Set SECRET or SECRET_FILE, not both.',
  );
  rmSync(folder, { recursive: true });
  expect(() => loadConfig(ofFile, { SECRET_FILE: file })).toThrow(/^SECRET_FILE can't be read: /);
});
