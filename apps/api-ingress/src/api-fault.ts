// What a caller is told when a call can't be done: one table, both protocols. Source: SES contract 1.3, 2.1, 3.6.

interface FaultRow {
  /** Code in v1's XML. */
  readonly v1: string;
  /** Exception in v2's JSON. */
  readonly v2: string;
  readonly v1Status: number;
  readonly v2Status: number;
}

const row = (v1: string, v2: string, v1Status = 400, v2Status = v1Status): FaultRow => ({
  v1,
  v2,
  v1Status,
  v2Status,
});

const FAULTS = {
  'missing-token': row('MissingAuthenticationToken', 'MissingAuthenticationTokenException', 403),
  'incomplete-signature': row('IncompleteSignature', 'IncompleteSignatureException'),
  'unknown-key': row('InvalidClientTokenId', 'UnrecognizedClientException', 403),
  'bad-signature': row('SignatureDoesNotMatch', 'InvalidSignatureException', 403),
  'missing-action': row('MissingAction', 'BadRequestException'),
  'unknown-operation': row('InvalidAction', 'UnknownOperationException', 400, 404),
  'malformed-query': row('MalformedQueryString', 'SerializationException', 404, 400),
  serialization: row('ValidationError', 'SerializationException'),
  validation: row('ValidationError', 'BadRequestException'),
  'invalid-parameter': row('InvalidParameterValue', 'BadRequestException'),
  'message-rejected': row('MessageRejected', 'MessageRejected'),
  'set-does-not-exist': row('ConfigurationSetDoesNotExist', 'NotFoundException', 400, 404),
  // Trap 12: 400, not 409.
  'set-exists': row('ConfigurationSetAlreadyExists', 'AlreadyExistsException'),
  'invalid-set': row('InvalidConfigurationSet', 'BadRequestException'),
  limit: row('LimitExceeded', 'LimitExceededException'),
  'too-large': row('RequestEntityTooLarge', 'RequestEntityTooLargeException', 413),
  'unsupported-encoding': row('UnsupportedMediaType', 'UnsupportedMediaTypeException', 415),
  unavailable: row('ServiceUnavailable', 'ServiceUnavailableException', 503),
  internal: row('InternalFailure', 'InternalFailure', 500),
} as const satisfies Readonly<Record<string, FaultRow>>;

export type FaultCode = keyof typeof FAULTS;

/** Thrown where a request is read or carried out, caught once per request. `message` goes to the caller. */
export class ApiFault extends Error {
  override readonly name = 'ApiFault';
  readonly code: FaultCode;
  /** Members of the modelled error, e.g. ConfigurationSetName. */
  readonly members: Readonly<Record<string, string>>;

  constructor(code: FaultCode, message: string, members: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.members = members;
  }
}

export function v1Fault(code: FaultCode): { readonly code: string; readonly status: number } {
  return { code: FAULTS[code].v1, status: FAULTS[code].v1Status };
}

export function v2Fault(code: FaultCode): { readonly code: string; readonly status: number } {
  return { code: FAULTS[code].v2, status: FAULTS[code].v2Status };
}

export const UNAVAILABLE = 'The service is unavailable. Please try again shortly.';

export function setDoesNotExist(name: string): ApiFault {
  return new ApiFault('set-does-not-exist', `Configuration set <${name}> does not exist.`, {
    ConfigurationSetName: name,
  });
}
