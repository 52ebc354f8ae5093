import { describe, expect, test } from 'vitest';
import { parseMailbox } from './address.ts';
import { parseDomainName } from './domain-name.ts';
import { enhancedStatus, formatMessageId, parseEnhancedStatus, parseMessageId } from './identifiers.ts';

describe('a mailbox', () => {
  test.each([
    ['a@x.test', 'a@x.test'],
    ["o'hara+tag=1@X.Test", "o'hara+tag=1@x.test"],
    ['"two words"@x.test', '"two words"@x.test'],
    ['"an@other"@x.test', '"an@other"@x.test'],
    ['a@bücher.test', 'a@xn--bcher-kva.test'],
    ['a@localhost', 'a@localhost'],
    ['a@x.test.', 'a@x.test'],
  ])('%s goes on the wire as %s', (text, wire) => {
    expect(parseMailbox(text)).toMatchObject({ kind: 'mailbox', mailbox: { text: wire } });
  });

  test.each([
    ['nobody', "Missing final '@domain'"],
    ['a@', 'Missing domain'],
    ['a@x y.test', 'Domain contains control or whitespace'],
    ['a@x_!.test', 'Domain contains illegal character'],
    ['a@x..test', 'Domain contains illegal character'],
    ['a@[192.0.2.1]', 'Domain contains illegal character'],
    ['a@192.0.2.1', 'Domain contains illegal character'],
    ['a b@x.test', 'Local address contains control or whitespace'],
    ['a\r\nRCPT TO:<b@x.test', 'Local address contains control or whitespace'],
    ['grün@x.test', 'Local address contains illegal character'],
    ['a@b@x.test', 'Local address contains illegal character'],
    ['@x.test', 'Illegal address'],
    [`${'a'.repeat(65)}@x.test`, 'Illegal address'],
  ])("%j is refused in SES's words: %s", (text, fault) => {
    expect(parseMailbox(text)).toEqual({ kind: 'invalid', fault });
  });
});

test.each([
  ['grün@x.test', 'grün@x.test'],
  ['"grün und blau"@bücher.test', '"grün und blau"@xn--bcher-kva.test'],
  ['用户@例え.test', '用户@xn--r8jz45g.test'],
])('with SMTPUTF8 %s is a mailbox', (text, wire) => {
  expect(parseMailbox(text, 'utf8')).toMatchObject({ kind: 'mailbox', mailbox: { text: wire } });
});

test('a local part beyond 64 octets is refused, however few characters it has', () => {
  expect(parseMailbox(`${'ü'.repeat(33)}@x.test`, 'utf8').kind).toBe('invalid');
});

test('a domain name has at most 253 octets in labels of at most 63', () => {
  expect(parseDomainName(`${'a'.repeat(63)}.test`)).toBeDefined();
  expect(parseDomainName(`${'a'.repeat(64)}.test`)).toBeUndefined();
  expect(parseDomainName(`${'a.'.repeat(126)}tt`)).toBeUndefined();
  expect(parseDomainName('')).toBeUndefined();
});

test("a message id has SES's form and carries the region and the time of acceptance", () => {
  const id = formatMessageId('us-east-1', 0x019d1d45a702, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb');
  expect(id).toBe('0100019d1d45a702-37d7aa37-4b46-4c21-86db-bf9bd3d914bb-000000');
  expect(parseMessageId(id)).toBe(id);
  expect(parseMessageId(`${id}x`)).toBeUndefined();
});

test('an enhanced status is class, subject and detail', () => {
  expect(parseEnhancedStatus('5.7.10')).toBe(enhancedStatus('5.7.10'));
  expect(parseEnhancedStatus('3.1.1')).toBeUndefined();
});
