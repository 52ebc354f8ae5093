import { expect, test } from 'vitest';
import { readHeaderSection } from './header-section.ts';
import { isSealedMail } from './sealed-mail.ts';

function isSealed(type: string, body = 'x\r\n'): boolean {
  const head = Buffer.from(`From: a@x.test\r\n${type}\r\n${body}`);
  const section = readHeaderSection(head);
  if (section.kind === 'invalid') throw new Error(section.reason);
  return isSealedMail(head, section);
}

test.each([
  'multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha256; boundary=b',
  'Multipart/Encrypted; boundary=b',
  'multipart/signed(a comment); boundary=b',
  '\r\n\tapplication/pkcs7-mime; smime-type=enveloped-data',
  'application/x-pkcs7-mime',
])('T12: Content-Type: %s is mail that its sender has sealed', (type) => {
  expect(isSealed(`Content-Type: ${type}\r\n`)).toBe(true);
});

test.each([
  ['', '-----BEGIN PGP MESSAGE-----\r\n'],
  [
    'Content-Type: text/plain; charset=utf-8\r\n',
    '\r\n \r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n',
  ],
])('T12: PGP in the text, with the fields "%s", is sealed', (type, body) => {
  expect(isSealed(type, body)).toBe(true);
});

test.each([
  ['', 'x'],
  ['', ''],
  ['Content-Type: multipart/mixed; boundary="multipart/signed"\r\n', 'x'],
  ['Content-Type: application/pgp-keys\r\n', 'x'],
  ['Content-Type: text/plain\r\n', 'Look:\r\n-----BEGIN PGP MESSAGE-----\r\n'],
  ['Content-Type: text/html\r\n', '-----BEGIN PGP MESSAGE-----\r\n'],
])('other mail is not: "%s" and "%s"', (type, body) => {
  expect(isSealed(type, body)).toBe(false);
});
