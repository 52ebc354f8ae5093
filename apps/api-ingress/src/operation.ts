// What an operation is, in each protocol: data, with the action that carries it out. operations.ts lists them.
import type { ActionContext } from './action-context.ts';
import type { FaultCode } from './api-fault.ts';
import type { InputOf, Shape } from './input/members.ts';
import { readQueryInput, type QueryRequest } from './query/read-query-input.ts';
import type { XmlValue } from './query/render-xml.ts';
import { readRestInput, type QueryNames, type RestRequest } from './rest/read-rest-input.ts';

/** v1. */
export interface QueryOperation {
  readonly name: string;
  readonly input: Shape;
  /** The errors that SES models for it; the common ones can come from any (SES contract 1.3). */
  readonly errors: readonly FaultCode[];
  /** Undefined: the operation has no result element (trap 18). Throws ApiFault. */
  readonly run: (request: QueryRequest, context: ActionContext) => Promise<XmlValue | undefined>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Method and path; segments in braces are labels. */
export type Route = `${Method} /${'v1' | 'v2'}/email/${string}`;

/** v2. */
export interface RestOperation {
  readonly name: string;
  /** The newest clients' first, then those of older ones. */
  readonly routes: readonly Route[];
  readonly input: Shape;
  readonly errors: readonly FaultCode[];
  /** The JSON answer; members that are undefined are left out. Throws ApiFault. */
  readonly run: (request: RestRequest, context: ActionContext) => Promise<object>;
}

type Typed<Operation extends { readonly run: unknown }, S extends Shape, Answer> = Omit<
  Operation,
  'input' | 'run'
> & {
  readonly input: S;
  readonly run: (input: InputOf<S>, context: ActionContext) => Promise<Answer>;
};

export function queryOperation<const S extends Shape>(
  operation: Typed<QueryOperation, S, XmlValue | undefined>,
): QueryOperation {
  return {
    ...operation,
    run: (request, context) => operation.run(readQueryInput(operation.input, request), context),
  };
}

export function restOperation<const S extends Shape>(
  operation: Typed<RestOperation, S, object> & { readonly queryNames?: QueryNames },
): RestOperation {
  const { queryNames, ...rest } = operation;
  return {
    ...rest,
    run: (request, context) => operation.run(readRestInput(operation.input, request, queryNames), context),
  };
}
