// dev.env: what a shell needs to talk to the system with the AWS CLI, the SDKs and SMTP clients.
import type { AccessKey } from './access-key.ts';

export interface ClientEnvFacts {
  readonly region: string;
  /** The HTTPS URL of the API. */
  readonly apiEndpoint: string;
  readonly smtpHost: string;
  readonly starttlsPort: number | undefined;
  readonly tlsPort: number | undefined;
  readonly credential: AccessKey;
  readonly smtpPassword: string;
  /** The authority of the listeners' certificates. */
  readonly caFile: string;
}

/** Lines of `export NAME='value'`; settings without a value (no such port) are left out. */
export function formatClientEnv(facts: ClientEnvFacts): string {
  const { region, apiEndpoint, credential, caFile } = facts;
  const values: readonly (readonly [string, string | number | undefined])[] = [
    ['AWS_ACCESS_KEY_ID', credential.accessKeyId],
    ['AWS_SECRET_ACCESS_KEY', credential.secretAccessKey],
    ['AWS_DEFAULT_REGION', region],
    ['AWS_REGION', region],
    ['AWS_CA_BUNDLE', caFile],
    ['NODE_EXTRA_CA_CERTS', caFile],
    ['AWS_ENDPOINT_URL_SES', apiEndpoint],
    ['AWS_ENDPOINT_URL_SESV2', apiEndpoint],
    ['SEALPOST_API_ENDPOINT', apiEndpoint],
    ['SMTP_HOST', facts.smtpHost],
    ['SMTP_STARTTLS_PORT', facts.starttlsPort],
    ['SMTP_TLS_PORT', facts.tlsPort],
    ['SMTP_USERNAME', credential.accessKeyId],
    ['SMTP_PASSWORD', facts.smtpPassword],
  ];
  return values
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `export ${name}=${quote(String(value))}\n`)
    .join('');
}

/** For any POSIX shell: nothing is special between single quotes but the single quote. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
