// What a person at the terminal is told when everything runs.
import path from 'node:path';
import { operationsPortOf, type LocalConfig } from './config.ts';
import { apiEndpoint } from './files/dev-env.ts';
import { inboxDir } from './services.ts';

const PROFILES = {
  'ses-classic': 'TLS 1.0 to 1.3, as Amazon SES',
  modern: 'TLS 1.2 and 1.3, RFC 9325',
} as const;

/** `workingDir` shortens the paths in it. */
export function formatWelcome(
  config: LocalConfig,
  devEnvFile: string,
  workingDir: string,
): readonly string[] {
  const source = `. ${shellPath(devEnvFile, workingDir)}`;
  const smtp = (ports: readonly number[]): string =>
    ports.map((port) => `${config.smtpListenHost}:${port}`).join(', ') || 'none';
  return [
    '',
    'Sealpost runs on this machine.',
    '',
    `  SMTP with STARTTLS   ${smtp(config.starttlsPorts)}`,
    `  SMTP, TLS Wrapper    ${smtp(config.tlsPorts)}`,
    `  SES API              ${apiEndpoint(config)}`,
    `  TLS profile          ${config.tlsProfile} (${PROFILES[config.tlsProfile]})`,
    `  Outgoing mail        ${describeRoute(config, workingDir)}`,
    `  Credentials          ${shellPath(devEnvFile, workingDir)}`,
    ...describeCopies(config),
    '',
    'Two commands to try:',
    '',
    `  ${source} && swaks --server "$SMTP_HOST:$SMTP_STARTTLS_PORT" --tls --auth PLAIN --auth-user "$SMTP_USERNAME" --auth-password "$SMTP_PASSWORD" --from you@example.com --to someone@example.com`,
    '',
    `  ${source} && aws ses send-email --endpoint-url "$SEALPOST_API_ENDPOINT" --from you@example.com --to someone@example.com --subject Hello --text Hello`,
    '',
  ];
}

/** Nothing when there is one of each. */
function describeCopies({ copies, operationsPorts }: LocalConfig): readonly string[] {
  return [
    { name: 'smtp-ingress', count: copies.smtpIngress, first: operationsPorts.smtpIngress },
    { name: 'api-ingress', count: copies.apiIngress, first: operationsPorts.apiIngress },
    { name: 'mx-delivery', count: copies.mxDelivery, first: operationsPorts.mxDelivery },
  ]
    .filter(({ count }) => count > 1)
    .map(({ name, count, first }) => {
      const ports = Array.from({ length: count }, (_, index) => operationsPortOf(first, index + 1));
      return `  ${name.padEnd(19)}  ${count} copies, operations ports ${ports.join(', ')}`;
    });
}

function describeRoute(config: LocalConfig, workingDir: string): string {
  if (config.smarthost === undefined)
    return `local inbox, ${shellPath(inboxDir(config.dataDir), workingDir)}`;
  return config.smarthost === '' ? 'the MX hosts of the recipients' : `smarthost ${config.smarthost}`;
}

/** Relative when it is below the working directory, quoted when a shell would read it otherwise. */
function shellPath(file: string, workingDir: string): string {
  const relative = path.relative(workingDir, file);
  const shown = relative.startsWith('..') ? file : `./${relative}`;
  return /^[\w./-]+$/.test(shown) ? shown.replace(/^\.\/(?=\.)/, '') : `'${shown.replaceAll("'", `'\\''`)}'`;
}
