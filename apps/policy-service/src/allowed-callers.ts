// Who may call what: by the name in the caller's certificate. Source: faults 4.3 row 58.
import type {
  AccountServiceServer,
  CredentialServiceServer,
  IdentityServiceServer,
  PolicyServiceServer,
  PoolServiceServer,
  SubscriptionServiceServer,
} from '@sealpost/contracts';
import { ServerInterceptingCall, ServerListenerBuilder, status, type ServerInterceptor } from '@grpc/grpc-js';

type Method =
  | keyof AccountServiceServer
  | keyof CredentialServiceServer
  | keyof IdentityServiceServer
  | keyof PolicyServiceServer
  | keyof PoolServiceServer
  | keyof SubscriptionServiceServer;

/** The API, and a person in its place, change things; SMTP only asks. Nobody else calls. */
const ALLOWED: ReadonlyMap<string, 'everything' | readonly Method[]> = new Map<
  string,
  'everything' | readonly Method[]
>([
  ['api-ingress', 'everything'],
  ['operator', 'everything'],
  ['smtp-ingress', ['getAccount', 'getConfigurationSet', 'getSmtpPassword', 'resolveSender']],
]);

/** `names`: the DNS names of the certificate's subjectAltName; `path`: as in `/package.Service/Method`. */
export function mayCall(names: readonly string[], path: string): boolean {
  const method = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  return names.some((name) => {
    const allowed = ALLOWED.get(name) ?? [];
    return allowed === 'everything' || allowed.some((each) => String(each).toLowerCase() === method);
  });
}

export const allowedCallersOnly: ServerInterceptor = ({ path }, call) => {
  const listener = new ServerListenerBuilder().withOnReceiveMetadata((metadata, next) => {
    const names = dnsNames(call.getAuthContext().sslPeerCertificate?.subjectaltname ?? '');
    if (mayCall(names, path)) next(metadata);
    else
      call.sendStatus({ code: status.PERMISSION_DENIED, details: 'This caller may not call this method.' });
  });
  return new ServerInterceptingCall(call, {
    start: (next) => {
      next(listener.build());
    },
  });
};

/** From Node's text: `DNS:smtp-ingress, DNS:smtp-ingress.mail.svc, IP Address:192.0.2.1`. Quoted ones are none of ours. */
function dnsNames(subjectAltName: string): readonly string[] {
  return subjectAltName
    .split(', ')
    .filter((item) => item.startsWith('DNS:'))
    .map((item) => item.slice('DNS:'.length));
}
