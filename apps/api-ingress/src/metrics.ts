// What the operator watches of the API.
import { Counter, type Registry } from 'prom-client';

export interface ApiMetrics {
  request(operation: string, code: string): void;
}

export function apiMetrics(registry: Registry): ApiMetrics {
  const requests = new Counter({
    name: 'sealpost_api_requests_total',
    help: 'Requests by operation (names of SES, or unknown) and code (ok, or the error code). Alert on ServiceUnavailable and InternalFailure.',
    labelNames: ['operation', 'code'],
    registers: [registry],
  });
  return {
    request: (operation, code) => {
      requests.inc({ operation, code });
    },
  };
}
