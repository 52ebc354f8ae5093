// A request as its bytes came, and the authorization it carries. Source: SES contract 3.1 to 3.5.

export interface SignedRequest {
  readonly method: string;
  /** Still percent-encoded, without the query. */
  readonly rawPath: string;
  /** Still percent-encoded, without `?`. */
  readonly rawQuery: string;
  /** Lower-case name → value; repeated fields joined by `,`. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Of the body as it came, in lower-case hex. */
  readonly bodySha256: string;
}

export interface Authorization {
  readonly accessKeyId: string;
  /** Scope: YYYYMMDD, region, service. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** Lower-case, in the client's order. */
  readonly signedHeaders: readonly string[];
  /** Lower-case hex. */
  readonly signature: string;
  /** YYYYMMDDTHHMMSSZ. */
  readonly timestamp: string;
  /** Presigned: seconds it is valid; undefined for the header form. */
  readonly expiresSeconds?: number;
}

/** Each protocol has its own code for each; `message` is AWS's text. */
export interface AuthFault {
  readonly kind: 'missing' | 'incomplete' | 'unknown-key' | 'scope' | 'clock' | 'signature';
  readonly message: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

export type ReadAuthorization =
  | { readonly kind: 'authorization'; readonly authorization: Authorization }
  | { readonly kind: 'fault'; readonly fault: AuthFault };

/** The Authorization header, or the query of a presigned request. Checks form only. */
export function readAuthorization(request: SignedRequest): ReadAuthorization {
  const header = request.headers.authorization;
  if (header !== undefined) return readHeader(header, request);
  const query = new URLSearchParams(request.rawQuery);
  if (query.has('X-Amz-Signature')) return readQuery(query);
  return fault('missing', 'Request is missing Authentication Token');
}

function readHeader(header: string, request: SignedRequest): ReadAuthorization {
  const match = /^(\S+)\s+(.*)$/s.exec(header.trim());
  if (match?.[1] !== ALGORITHM)
    return fault('incomplete', `Unsupported AWS 'algorithm': expected ${ALGORITHM}.`);
  const parts = new Map(
    (match[2] ?? '').split(',').map((part): [string, string] => {
      const [name = '', ...value] = part.trim().split('=');
      return [name, value.join('=')];
    }),
  );
  for (const name of ['Credential', 'SignedHeaders', 'Signature']) {
    if (!parts.has(name)) return fault('incomplete', `Authorization header requires '${name}' parameter.`);
  }
  const timestamp = request.headers['x-amz-date'] ?? httpDate(request.headers.date);
  if (timestamp === undefined) {
    return fault(
      'incomplete',
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
  }
  return build({
    credential: parts.get('Credential') ?? '',
    signedHeaders: parts.get('SignedHeaders') ?? '',
    signature: parts.get('Signature') ?? '',
    timestamp,
  });
}

function readQuery(query: URLSearchParams): ReadAuthorization {
  const need = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-SignedHeaders'];
  const missing = need.find((name) => !query.has(name));
  if (missing !== undefined)
    return fault('incomplete', `AWS query-string parameters must include '${missing}'.`);
  const expiresSeconds = Number(query.get('X-Amz-Expires'));
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > 604_800) {
    return fault('incomplete', 'X-Amz-Expires must be between 1 and 604800 seconds.');
  }
  return build({
    credential: query.get('X-Amz-Credential') ?? '',
    signedHeaders: query.get('X-Amz-SignedHeaders') ?? '',
    signature: query.get('X-Amz-Signature') ?? '',
    timestamp: query.get('X-Amz-Date') ?? '',
    expiresSeconds,
  });
}

interface Parts {
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly expiresSeconds?: number;
}

function build(parts: Parts): ReadAuthorization {
  const scope = /^([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(parts.credential);
  if (scope === null) {
    return fault(
      'incomplete',
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.',
    );
  }
  if (!/^[0-9a-f]{64}$/.test(parts.signature))
    return fault('incomplete', 'Signature must be 64 hexadecimal digits.');
  if (!/^\d{8}T\d{6}Z$/.test(parts.timestamp)) {
    return fault('incomplete', 'Date must be in ISO-8601 basic format, YYYYMMDDTHHMMSSZ.');
  }
  const { timestamp, signature, expiresSeconds } = parts;
  return {
    kind: 'authorization',
    authorization: {
      accessKeyId: scope[1] ?? '',
      date: scope[2] ?? '',
      region: scope[3] ?? '',
      service: scope[4] ?? '',
      signedHeaders: parts.signedHeaders.toLowerCase().split(';'),
      signature,
      timestamp,
      ...(expiresSeconds === undefined ? {} : { expiresSeconds }),
    },
  };
}

function httpDate(value: string | undefined): string | undefined {
  const at = value === undefined ? Number.NaN : Date.parse(value);
  return Number.isNaN(at) ? undefined : formatTimestamp(at);
}

/** Milliseconds since 1970 → YYYYMMDDTHHMMSSZ. */
export function formatTimestamp(at: number): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
}

/** YYYYMMDDTHHMMSSZ → milliseconds since 1970; NaN: there is no such day or time. */
export function parseTimestamp(text: string): number {
  const date = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  return Date.parse(`${date}T${text.slice(9, 11)}:${text.slice(11, 13)}:${text.slice(13)}`);
}

function fault(kind: AuthFault['kind'], message: string): ReadAuthorization {
  return { kind: 'fault', fault: { kind, message } };
}
