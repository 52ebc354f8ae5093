// Which TLS versions and ciphers are spoken, towards clients and towards receivers. Source: T3–T6.
import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

/** `ses-classic`: TLS 1.0–1.3, SES's documented range (T5). `modern`: TLS 1.2 and 1.3 with RFC 9325 §4.2 ciphers. */
export type TlsProfile = 'ses-classic' | 'modern';

export type SecureOptions = Readonly<
  Required<
    Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers' | 'honorCipherOrder' | 'ecdhCurve'>
  >
>;

// TLS 1.0 and 1.1 need SHA-1 signatures, which OpenSSL allows at security level 0 only. Export, anonymous,
// null, RC4 and 3DES stay out by name, whatever a build of OpenSSL may bring (RFC 9325 §4.1, RFC 7465).
const CLASSIC_CIPHERS =
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:' +
  'ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:ECDHE+AES:DHE+AES:RSA+AESGCM:RSA+AES:' +
  '!aNULL:!eNULL:!EXPORT:!RC4:!3DES:!DES:!MD5:!PSK:!SRP:@SECLEVEL=0';

// RFC 9325 §4.2: AEAD with forward secrecy.
const MODERN_CIPHERS =
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:' +
  'ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!eNULL:!MD5:!PSK:!SRP';

const CURVES = 'X25519:P-256:P-384:P-521';

const CLASSIC: SecureOptions = Object.freeze({
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1.3',
  ciphers: CLASSIC_CIPHERS,
  honorCipherOrder: true,
  ecdhCurve: CURVES,
});

const MODERN: SecureOptions = Object.freeze({ ...CLASSIC, minVersion: 'TLSv1.2', ciphers: MODERN_CIPHERS });

/**
 * For the listeners of SMTP and of the API. SSLv2-format hellos are accepted under `ses-classic` by OpenSSL itself
 * (T3). RFC 9325 §3.5: nobody needs to renegotiate, and it costs us many times what it costs the client.
 */
export function listenerSecureOptions(
  profile: TlsProfile,
): SecureOptions & { readonly secureOptions: number } {
  return { ...(profile === 'modern' ? MODERN : CLASSIC), secureOptions: constants.SSL_OP_NO_RENEGOTIATION };
}

/** Towards receivers: the whole range whatever the listeners' profile is, since any TLS is better than none (T6, RFC 7435 §3). */
export function deliverySecureOptions(): SecureOptions {
  return CLASSIC;
}
