// The forms in which signed and encrypted mail travels (T12), and how a receiver opens each of them.
// Sources: RFC 8551 §3 (S/MIME), RFC 3156 (PGP/MIME), RFC 1847 (multipart/signed, multipart/encrypted).
import type { Keys } from './keys.ts';

export interface SealedForm {
  readonly title: string;
  /** The MIME fields and the body of the outer message. `entity` has header and body, line ends are CRLF. */
  readonly seal: (entity: Buffer, keys: Keys) => Promise<Sealed>;
  /** What the receiver gets out of the whole message; rejects when a signature is not good. */
  readonly open: (message: Buffer, keys: Keys) => Promise<Buffer>;
}

export interface Sealed {
  /** With the CRLF of the last one. */
  readonly fields: string;
  readonly body: Buffer;
}

const BOUNDARY = '=_Seal.of/a+Post:1';
const PREAMBLE = 'This is a signed message. \r\n.\r\n--not the boundary\r\n\r\n';
const EPILOGUE = '\r\n..epilogue \t\r\n--\r\n\r\n\r\n';

export const sealedForms: readonly SealedForm[] = [
  detachedSmime('application/pkcs7-signature', '', ''),
  detachedSmime('application/x-pkcs7-signature', PREAMBLE, EPILOGUE),
  {
    title: 'S/MIME as openssl itself writes it',
    seal: async (entity, keys) => {
      const message = crlf(await keys.smime.signMessage(entity));
      // openssl ends the lines of its base64 with LF; a mail has CRLF, and one at its end.
      const text = message.replace(/^MIME-Version: 1\.0\r\n/, '').replace(/(\r?\n)*$/, '\r\n');
      const split = text.indexOf('\r\n\r\n') + 2;
      return { fields: text.slice(0, split), body: Buffer.from(text.slice(split + 2), 'latin1') };
    },
    open: (message, keys) => keys.smime.verifyMessage(message),
  },
  {
    title: 'S/MIME opaque signed, application/pkcs7-mime',
    seal: async (entity, keys) =>
      pkcs7('application/pkcs7-mime', 'signed-data', await keys.smime.sign(entity, 'opaque')),
    open: (message, keys) => keys.smime.verifyMessage(message),
  },
  {
    title: 'S/MIME encrypted, application/pkcs7-mime',
    seal: async (entity, keys) =>
      pkcs7('application/pkcs7-mime', 'enveloped-data', await keys.smime.encrypt(entity)),
    open: (message, keys) => keys.smime.decryptMessage(message),
  },
  {
    title: 'S/MIME signed and then encrypted, application/x-pkcs7-mime',
    seal: async (entity, keys) => {
      const signed = await detachedSmime('application/pkcs7-signature', PREAMBLE, '').seal(entity, keys);
      const whole = Buffer.concat([Buffer.from(`${signed.fields}\r\n`), signed.body]);
      return pkcs7('application/x-pkcs7-mime', 'enveloped-data', await keys.smime.encrypt(whole));
    },
    open: async (message, keys) => keys.smime.verifyMessage(await keys.smime.decryptMessage(message)),
  },
  {
    title: 'PGP signed, application/pgp-signature',
    seal: async (entity, keys) => {
      const type = 'multipart/signed; micalg=pgp-sha256; protocol="application/pgp-signature"';
      const signature = `Content-Type: application/pgp-signature; name="signature.asc"\r\n\r\n`;
      return multipart(type, [entity, signature + crlf(await keys.pgp.sign(entity))], [PREAMBLE, EPILOGUE]);
    },
    open: async (message, keys) => {
      const [signed, signature] = partsOf(message);
      await keys.pgp.verify(signed, bodyOf(signature));
      return signed;
    },
  },
  encryptedPgp('PGP encrypted, application/pgp-encrypted', false),
  encryptedPgp('PGP signed and encrypted, application/pgp-encrypted', true),
  {
    title: 'PGP keys, application/pgp-keys',
    seal: async (entity, keys) => {
      const fields =
        'Content-Type: application/pgp-keys; name="key.asc"\r\nContent-Disposition: attachment; filename="key.asc"';
      return multipart(
        'multipart/mixed',
        [entity, `${fields}\r\n\r\n${crlf(await keys.pgp.exportKey())}`],
        ['', EPILOGUE],
      );
    },
    open: async (message, keys) => {
      const [entity, key] = partsOf(message);
      if (!(await keys.pgp.isOurKey(bodyOf(key)))) throw new Error('not the key that was sent');
      return entity;
    },
  },
];

function detachedSmime(type: string, preamble: string, epilogue: string): SealedForm {
  return {
    title: `S/MIME detached, ${type}`,
    seal: async (entity, keys) => {
      const signature = await keys.smime.sign(entity, 'detached');
      const fields =
        `Content-Type: ${type}; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n` +
        'Content-Disposition: attachment; filename="smime.p7s"\r\n\r\n';
      const outer = `multipart/signed; protocol="${type}"; x-unknown=kept;\r\n\t  micalg=sha-256`;
      return multipart(outer, [entity, fields + base64Lines(signature)], [preamble, epilogue]);
    },
    open: (message, keys) => keys.smime.verifyMessage(message),
  };
}

function encryptedPgp(title: string, signed: boolean): SealedForm {
  return {
    title,
    seal: async (entity, keys) => {
      const armoured = crlf(await keys.pgp.encrypt(entity, signed));
      return multipart(
        'multipart/encrypted; protocol="application/pgp-encrypted"',
        [
          'Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n',
          `Content-Type: application/octet-stream; name="encrypted.asc"\r\n\r\n${armoured}`,
        ],
        [PREAMBLE, ''],
      );
    },
    open: (message, keys) => keys.pgp.decrypt(bodyOf(partsOf(message)[1]), signed),
  };
}

/** `around`: preamble and epilogue. */
function multipart(
  type: string,
  parts: readonly [Buffer | string, string],
  around: readonly [string, string],
): Sealed {
  const pieces = [
    around[0],
    ...parts.flatMap((part) => [`--${BOUNDARY}\r\n`, part, '\r\n']),
    `--${BOUNDARY}--\r\n${around[1]}`,
  ];
  return {
    fields: `Content-Type: ${type};\r\n\tboundary="${BOUNDARY}"\r\n`,
    body: Buffer.concat(pieces.map((piece) => Buffer.from(piece))),
  };
}

function pkcs7(type: string, smimeType: string, der: Buffer): Sealed {
  return {
    fields:
      `Content-Type: ${type}; smime-type=${smimeType};\r\n\tname="smime.p7m"\r\n` +
      'Content-Disposition: attachment; filename="smime.p7m"\r\nContent-Transfer-Encoding: base64\r\n',
    body: Buffer.from(base64Lines(der)),
  };
}

/** 68 columns: neither of the usual widths, so that re-wrapping shows. */
function base64Lines(bytes: Buffer): string {
  return bytes.toString('base64').replace(/.{1,68}/g, '$&\r\n');
}

function crlf(text: Buffer): string {
  return text.toString('latin1').replace(/\r?\n/g, '\r\n');
}

/** The bytes between the delimiter lines, without the CRLF in front of one (RFC 2046 §5.1.1). */
function partsOf(message: Buffer): readonly [Buffer, Buffer] {
  const [, first, second] = message.toString('latin1').split(`\r\n--${BOUNDARY}`);
  if (first === undefined || second === undefined) throw new Error('the parts are gone');
  return [Buffer.from(first.slice(2), 'latin1'), Buffer.from(second.slice(2), 'latin1')];
}

function bodyOf(entity: Buffer): Buffer {
  return entity.subarray(entity.indexOf('\r\n\r\n') + 4);
}
