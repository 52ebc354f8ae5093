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
  'access-denied': row('AccessDenied', 'AccessDeniedException', 403),
  'missing-action': row('MissingAction', 'BadRequestException'),
  'unknown-operation': row('InvalidAction', 'UnknownOperationException', 400, 404),
  'unknown-method': row('InvalidAction', 'MethodNotAllowedException', 400, 405),
  'malformed-query': row('MalformedQueryString', 'SerializationException', 404, 400),
  serialization: row('ValidationError', 'SerializationException'),
  validation: row('ValidationError', 'BadRequestException'),
  'invalid-parameter': row('InvalidParameterValue', 'BadRequestException'),
  'message-rejected': row('MessageRejected', 'MessageRejected'),
  'set-does-not-exist': row('ConfigurationSetDoesNotExist', 'NotFoundException', 400, 404),
  // Trap 12: 400, not 409.
  'set-exists': row('ConfigurationSetAlreadyExists', 'AlreadyExistsException'),
  'invalid-set': row('InvalidConfigurationSet', 'BadRequestException'),
  'invalid-delivery-options': row('InvalidDeliveryOptions', 'BadRequestException'),
  'mail-from-not-verified': row('MailFromDomainNotVerifiedException', 'MailFromDomainNotVerifiedException'),
  'set-paused': row('ConfigurationSetSendingPausedException', 'SendingPausedException'),
  'account-paused': row('AccountSendingPausedException', 'SendingPausedException'),
  'account-suspended': row('MessageRejected', 'AccountSuspendedException'),
  'destination-exists': row('EventDestinationAlreadyExists', 'AlreadyExistsException'),
  'destination-does-not-exist': row('EventDestinationDoesNotExist', 'NotFoundException', 400, 404),
  'invalid-sns-destination': row('InvalidSNSDestination', 'BadRequestException'),
  'invalid-cloud-watch-destination': row('InvalidCloudWatchDestination', 'BadRequestException'),
  'invalid-firehose-destination': row('InvalidFirehoseDestination', 'BadRequestException'),
  'tracking-exists': row('TrackingOptionsAlreadyExistsException', 'AlreadyExistsException'),
  'tracking-does-not-exist': row('TrackingOptionsDoesNotExistException', 'NotFoundException', 400, 404),
  'invalid-tracking': row('InvalidTrackingOptions', 'BadRequestException'),
  'template-does-not-exist': row('TemplateDoesNotExist', 'NotFoundException', 400, 404),
  'already-exists': row('AlreadyExists', 'AlreadyExistsException'),
  'invalid-template': row('InvalidTemplate', 'BadRequestException'),
  'missing-rendering-attribute': row('MissingRenderingAttribute', 'BadRequestException'),
  'invalid-rendering-parameter': row('InvalidRenderingParameter', 'BadRequestException'),
  'invalid-policy': row('InvalidPolicy', 'BadRequestException'),
  'not-found': row('InvalidParameterValue', 'NotFoundException', 400, 404),
  'invalid-next-token': row('InvalidParameterValue', 'InvalidNextTokenException'),
  // Trap 12: 500, so that SDKs try again.
  'concurrent-change': row('ServiceUnavailable', 'ConcurrentModificationException', 503, 500),
  // Traps 22, 23.
  'sending-rate': row('Throttling', 'TooManyRequestsException', 400, 429),
  'daily-quota': row('Throttling', 'LimitExceededException'),
  limit: row('LimitExceeded', 'LimitExceededException'),
  'request-timeout': row('RequestTimeout', 'RequestTimeoutException', 408),
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
