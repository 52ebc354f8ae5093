// gRPC methods as functions from request to answer; errors become codes.
// Source: faults 4.3; codes of https://grpc.io/docs/guides/status-codes/.
import { status, type handleUnaryCall } from '@grpc/grpc-js';
import type { Logger } from '@sealpost/runtime';

/** faults 4.3 row 64: whatever deadline a caller has, or none. The store's own calls have their ends before it. */
const ANSWER_MS = 5000;

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
  answerMs = ANSWER_MS,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    inTime(answer(call.request), answerMs).then(
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

/** What comes too late is nobody's any more; its end is seen, so that a late failure is no stray one. */
function inTime<T>(answer: Promise<T>, answerMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Refused(status.DEADLINE_EXCEEDED, 'The answer took too long.'));
    }, answerMs);
    answer.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}

/** Of a list: 1 to 1000, 100 when nothing is asked for. */
export function pageLimit(pageSize: number): number {
  return Math.min(pageSize === 0 ? 100 : pageSize, 1000);
}
