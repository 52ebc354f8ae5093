// What a finished handshake achieved, gathered once per connection (T14).
import type { TLSSocket } from 'node:tls';
import type { CertificateEvidence, SourceTls, TlsEvidence } from '@sealpost/mail';
import { verifyPeer } from './verify-peer.ts';

/** `socket` has finished its handshake as a client. */
export function gatherEvidence(socket: TLSSocket, serverName: string): TlsEvidence {
  const cipher = socket.getCipher();
  const keyExchange = keyExchangeOf(socket);
  return {
    version: socket.getProtocol() ?? 'unknown',
    cipher: cipher.standardName,
    ...(keyExchange === undefined ? {} : { keyExchange }),
    serverName,
    certificate: certificateEvidence(socket, serverName),
  };
}

/** The TLS facts of a client's connection to us. */
export function sourceTls(socket: TLSSocket): SourceTls {
  return { version: socket.getProtocol() ?? 'unknown', cipher: socket.getCipher().standardName };
}

/** The group of an ephemeral exchange; absent for RSA key exchange. */
function keyExchangeOf(socket: TLSSocket): string | undefined {
  const info = socket.getEphemeralKeyInfo();
  if (info === null || !('type' in info)) return undefined;
  return info.name ?? `${info.type}-${info.size}`;
}

function certificateEvidence(socket: TLSSocket, serverName: string): CertificateEvidence {
  const verificationResult = verifyPeer({
    authorizationError: authorizationErrorOf(socket),
    serverName,
    certificate: socket.getPeerCertificate(),
  });
  const verdict = { verified: verificationResult === 'valid', verificationResult };
  const x509 = socket.getPeerX509Certificate();
  if (x509 === undefined) return { ...NO_CERTIFICATE, ...verdict };
  return {
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    subjectAltNames: (x509.subjectAltName ?? '')
      .split(', ')
      .filter((name) => name !== '')
      .map(withoutType),
    notBefore: x509.validFromDate.toISOString(),
    notAfter: x509.validToDate.toISOString(),
    sha256: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    ...verdict,
  };
}

// A server without a certificate needs an anonymous cipher, which no profile has; the type allows it.
const NO_CERTIFICATE = {
  subject: '',
  issuer: '',
  subjectAltNames: [],
  notBefore: '',
  notAfter: '',
  sha256: '',
};

/** Typed as an Error, a string at run time, null when the chain is good. */
function authorizationErrorOf(socket: TLSSocket): string | undefined {
  const error: unknown = socket.authorizationError;
  return error === null || error === undefined ? undefined : errorCode(error);
}

function errorCode(error: unknown): string {
  if (error instanceof Error)
    return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  return String(error);
}

/** OpenSSL writes a name in lines, most general first. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').toReversed().join(',').slice(0, 500);
}

function withoutType(name: string): string {
  return name.replace(/^(?:DNS|IP Address):/, '').slice(0, 300);
}
