// From a request's bytes to an answer's: which protocol, who calls, which operation. Every error leaves here in
// the caller's protocol: XML on v1, JSON on v2, never HTML (traps 2, 8, 10).
import type { SignedRequest } from '@sealpost/aws-auth';
import type { ActionContext } from './action-context.ts';
import { ApiFault, v1Fault, v2Fault } from './api-fault.ts';
import { queryOperations, restOperations } from './operations.ts';
import type { RestOperation } from './operation.ts';
import { parseQuery } from './query/query-parameters.ts';
import { renderError, renderResponse } from './query/render-xml.ts';
import { parseJson } from './rest/json-input.ts';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For logs and metrics: names of the tables, or `unknown`. */
  readonly operation: string;
  readonly code: string;
}

export interface DispatchDeps {
  /** The caller's access key id. Throws ApiFault. */
  readonly authenticate: (request: SignedRequest) => Promise<string>;
  readonly contextOf: (accessKeyId: string) => ActionContext;
  /** Told of what is not the caller's fault. */
  readonly onBug: (error: unknown) => void;
}

export async function dispatch(
  request: SignedRequest,
  requestId: string,
  deps: DispatchDeps,
): Promise<Answer> {
  const isRest = isRestPath(request.rawPath);
  const found: { operation: string } = { operation: 'unknown' };
  try {
    const run = isRest ? runRest : runQuery;
    return await run(request, { requestId, found, deps });
  } catch (error) {
    const fault = asFault(error, deps);
    return isRest ? restError(fault, found.operation) : queryError(fault, requestId, found.operation);
  }
}

function isRestPath(rawPath: string): boolean {
  return rawPath.startsWith('/v2/') || rawPath.startsWith('/v1/');
}

/** For faults found before a request could be read whole. */
export function faultAnswer(fault: ApiFault, rawPath: string, requestId: string): Answer {
  return isRestPath(rawPath) ? restError(fault, 'unknown') : queryError(fault, requestId, 'unknown');
}

interface Run {
  readonly requestId: string;
  /** Noted as soon as it is known, for the answer of a later error. */
  readonly found: { operation: string };
  readonly deps: DispatchDeps;
}

async function runQuery(request: SignedRequest, { requestId, found, deps }: Run): Promise<Answer> {
  const accessKeyId = await deps.authenticate(request);
  // The historic interface takes the query string of a GET as well (SES contract 1.1).
  const form = request.body.length > 0 ? request.body.toString('utf8') : request.rawQuery;
  const parameters = parseQuery(form);
  const name = parameters.text('Action');
  if (name === undefined)
    throw new ApiFault('missing-action', 'The request must contain the parameter Action.');
  const action = queryOperations.get(name);
  if (action === undefined || request.rawPath !== '/') {
    throw new ApiFault(
      'unknown-operation',
      `Could not find operation ${name.slice(0, 100)} for version 2010-12-01`,
    );
  }
  found.operation = name;
  const result = await action(parameters, deps.contextOf(accessKeyId));
  return {
    status: 200,
    contentType: 'text/xml',
    headers: {},
    body: renderResponse(name, result, requestId),
    operation: name,
    code: 'ok',
  };
}

async function runRest(request: SignedRequest, { found, deps }: Run): Promise<Answer> {
  const accessKeyId = await deps.authenticate(request);
  const matched = matchOperation(request);
  if (matched === undefined) throw new ApiFault('unknown-operation', 'There is no such operation.');
  found.operation = matched.operation.name;
  const result = await matched.operation.run(
    { labels: matched.labels, query: new URLSearchParams(request.rawQuery), body: parseJson(request.body) },
    deps.contextOf(accessKeyId),
  );
  return {
    status: 200,
    contentType: 'application/json',
    headers: {},
    body: JSON.stringify(result),
    operation: matched.operation.name,
    code: 'ok',
  };
}

/** Segments are compared as they came and decoded afterwards, so that `%2F` stays inside its label. */
function matchOperation(
  request: SignedRequest,
): { readonly operation: RestOperation; readonly labels: Readonly<Record<string, string>> } | undefined {
  const segments = request.rawPath.replace(/\/$/, '').split('/');
  for (const operation of restOperations) {
    if (operation.method !== request.method) continue;
    const labels = matchPath(operation.path.split('/'), segments);
    if (labels !== undefined) return { operation, labels };
  }
  return undefined;
}

function matchPath(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const labels: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    const label = /^\{(\w+)\}$/.exec(part)?.[1];
    if (label === undefined ? part !== segment : segment === '') return undefined;
    if (label !== undefined) labels[label] = decodeSegment(segment);
  }
  return labels;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Expected for a stray `%`.
    throw new ApiFault('serialization', 'The path is not valid percent-encoding.');
  }
}

function asFault(error: unknown, deps: DispatchDeps): ApiFault {
  if (error instanceof ApiFault) return error;
  deps.onBug(error);
  return new ApiFault('internal', 'An internal failure has occurred.');
}

function queryError(fault: ApiFault, requestId: string, operation: string): Answer {
  const { code, status } = v1Fault(fault.code);
  return {
    status,
    contentType: 'text/xml',
    headers: retryAfter(status),
    body: renderError(fault, requestId),
    operation,
    code,
  };
}

function restError(fault: ApiFault, operation: string): Answer {
  const { code, status } = v2Fault(fault.code);
  const body = JSON.stringify({ __type: code, message: fault.message });
  const headers = { 'x-amzn-ErrorType': code, ...retryAfter(status) };
  return { status, contentType: 'application/json', headers, body, operation, code };
}

function retryAfter(status: number): Readonly<Record<string, string>> {
  return status === 503 ? { 'retry-after': '5' } : {};
}
