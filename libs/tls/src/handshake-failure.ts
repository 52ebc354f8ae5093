// Why a handshake with a client failed, in words few enough for a metric. Source: OpenSSL's error codes as Node
// names them (ERR_SSL_…).

export type HandshakeFailureReason =
  /** The client speaks no version that the profile has. */
  | 'version'
  /** No cipher, group or signature in common. */
  | 'cipher'
  /** The client does not like our certificate and said so by an alert. */
  | 'certificate-refused'
  | 'sslv2-hello'
  | 'not-tls'
  | 'timeout'
  | 'closed'
  | 'other';

const REASONS: readonly (readonly [RegExp, HandshakeFailureReason])[] = [
  [/HTTP_REQUEST|HTTPS_PROXY_REQUEST|WRONG_VERSION_NUMBER|PACKET_LENGTH/, 'not-tls'],
  [
    /UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_(?:UNKNOWN|EXPIRED|REVOKED)|UNSUPPORTED_CERTIFICATE/,
    'certificate-refused',
  ],
  [/PROTOCOL|VERSION|INAPPROPRIATE_FALLBACK/, 'version'],
  [/CIPHER|SHARED_(?:GROUPS?|SIGNATURE)|SIGNATURE_ALGORITHM|HANDSHAKE_FAILURE|KEY_SHARE/, 'cipher'],
  [/ECONNRESET|EPIPE/, 'closed'],
];

export function handshakeFailureReason(error: Error): HandshakeFailureReason {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message.toUpperCase();
  return REASONS.find(([pattern]) => pattern.test(code))?.[1] ?? 'other';
}
