// gRPC methods as functions from request to answer; errors become codes.
// Source: faults 4.3; codes of https://grpc.io/docs/guides/status-codes/.
import { status, type handleUnaryCall } from '@grpc/grpc-js';
import type { Logger } from '@sealpost/runtime';

/** What a caller did wrong; any other error is ours. */
export class Refused extends Error {
  readonly code: status;
  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }
}

export function unary<Request, Response>(
  logger: Logger,
  answer: (request: Request) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    answer(call.request).then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        if (error instanceof Refused) {
          callback({ code: error.code, details: error.message });
          return;
        }
        logger.error({ err: error, method: call.getPath() }, 'a call failed');
        callback({ code: status.UNAVAILABLE, details: 'The store is not to be had.' });
      },
    );
  };
}

/** Of a list: 1 to 1000, 100 when nothing is asked for. */
export function pageLimit(pageSize: number): number {
  return Math.min(pageSize === 0 ? 100 : pageSize, 1000);
}
