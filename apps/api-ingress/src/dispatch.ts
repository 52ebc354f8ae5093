// From a request's bytes to an answer's: which protocol, who calls, which operation. Every error leaves here in
// the caller's protocol: XML on v1, JSON on v2, never HTML (traps 2, 8, 10).
import type { SignedRequest } from '@sealpost/aws-auth';
import type { ActionContext } from './action-context.ts';
import { ApiFault, v1Fault, v2Fault } from './api-fault.ts';
import type { BodyFault, ReadBody } from './body/body-reader.ts';
import { parseAside } from './body/parse-aside.ts';
import type { ReceivedBody } from './body/receive-body.ts';
import { assertAllowed, type Caller } from './caller.ts';
import { queryNotServed, restNotServed } from './not-served.ts';
import type { QueryOperation, RestOperation } from './operation.ts';
import { queryOperations, restOperations } from './operations.ts';
import { parseQuery, type QueryNode } from './query/parse-query.ts';
import { renderError, renderResponse } from './query/render-xml.ts';
import { routeMatcher } from './rest/match-route.ts';
import { membersOf } from './rest/read-rest-input.ts';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For logs and metrics: names of the tables, or `unknown`. */
  readonly operation: string;
  readonly code: string;
}

export interface ApiRequest extends SignedRequest {
  readonly content: ReceivedBody['content'];
}

export interface DispatchDeps {
  /** Throws ApiFault. */
  readonly authenticate: (request: SignedRequest) => Promise<Caller>;
  readonly contextOf: (caller: Caller) => ActionContext;
  /** Told of what is not the caller's fault. */
  readonly onBug: (error: unknown) => void;
}

export async function dispatch(request: ApiRequest, requestId: string, deps: DispatchDeps): Promise<Answer> {
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

export function isRestPath(rawPath: string): boolean {
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

async function runQuery(request: ApiRequest, { requestId, found, deps }: Run): Promise<Answer> {
  const caller = await deps.authenticate(request);
  // The historic interface takes the query string of a GET as well (SES contract 1.1).
  const { rest, binaries } = readable(request.content);
  const form = rest.length > 0 ? rest : [Buffer.from(request.rawQuery)];
  const parameters = parseQuery((await parseAside('form', form)) ?? []);
  const operation = queryOperationOf(parameters, request.rawPath, found);
  const { name } = operation;
  assertAllowed(caller, name);
  const result = await operation.run({ parameters, binaries }, deps.contextOf(caller));
  return {
    status: 200,
    contentType: 'text/xml',
    headers: {},
    body: renderResponse(name, result, requestId),
    operation: name,
    code: 'ok',
  };
}

function queryOperationOf(parameters: QueryNode, rawPath: string, found: Run['found']): QueryOperation {
  const name = parameters.below.get('Action')?.value ?? '';
  const version = parameters.below.get('Version')?.value ?? VERSION;
  if (name === '') throw new ApiFault('missing-action', 'The request must contain the parameter Action.');
  const operation = queryOperations.get(name);
  if (operation !== undefined || queryNotServed.includes(name)) found.operation = name;
  if (operation !== undefined && version === VERSION && rawPath === '/') return operation;
  throw new ApiFault(
    'unknown-operation',
    `Could not find operation ${name.slice(0, 100)} for version ${version.slice(0, 20)}`,
  );
}

const VERSION = '2010-12-01';

async function runRest(request: ApiRequest, { found, deps }: Run): Promise<Answer> {
  const caller = await deps.authenticate(request);
  const { operation, labels } = restOperationOf(request, found);
  assertAllowed(caller, operation.name);
  const { rest, binaries } = readable(request.content);
  const members = rest.length === 0 ? {} : membersOf(await parseAside('json', rest));
  const result = await operation.run(
    { labels, query: new URLSearchParams(request.rawQuery), members, binaries },
    deps.contextOf(caller),
  );
  return {
    status: 200,
    contentType: 'application/json',
    headers: {},
    body: JSON.stringify(result),
    operation: operation.name,
    code: 'ok',
  };
}

/** Throws ApiFault. */
function readable(content: ApiRequest['content']): ReadBody {
  if (content.kind === 'body') return content;
  throw new ApiFault('serialization', BODY_FAULTS[content.fault]);
}

const BODY_FAULTS: Readonly<Record<BodyFault, string>> = {
  'too-deep': 'The request body is nested too deep.',
  'too-many-values': 'The request body has too many values.',
};

const matchRoute = routeMatcher([...restOperations, ...restNotServed]);

function restOperationOf(
  { method, rawPath }: SignedRequest,
  found: Run['found'],
): { readonly operation: RestOperation; readonly labels: Readonly<Record<string, string>> } {
  const matched = matchRoute(method, rawPath);
  switch (matched.kind) {
    case 'unknown':
      throw new ApiFault('unknown-operation', 'There is no such operation.');
    case 'other-method':
      throw new ApiFault('unknown-method', `${method.slice(0, 20)} is not allowed here.`);
    case 'operation': {
      const { operation, labels } = matched;
      found.operation = operation.name;
      if (operation.run !== undefined) return { operation, labels };
      throw new ApiFault('unknown-operation', `${operation.name} is not served here.`);
    }
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
