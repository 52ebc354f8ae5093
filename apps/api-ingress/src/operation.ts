// What an operation is, in each protocol; operations.ts lists them.
import type { ActionContext } from './action-context.ts';
import type { QueryParameters } from './query/query-parameters.ts';
import type { XmlValue } from './query/render-xml.ts';
import type { JsonInput } from './rest/json-input.ts';

/** Undefined: the operation has no result element. Throws ApiFault. */
export type QueryAction = (
  parameters: QueryParameters,
  context: ActionContext,
) => Promise<XmlValue | undefined>;

interface RestRequest {
  /** Decoded labels of the path, by the names in the operation's path. */
  readonly labels: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: JsonInput;
}

/** The JSON answer. Throws ApiFault. */
export type RestAction = (request: RestRequest, context: ActionContext) => Promise<object>;

export interface RestOperation {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Segments in braces are labels. */
  readonly path: string;
  readonly run: RestAction;
}
