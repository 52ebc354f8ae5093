// The evidence of one attempt for people. Its fields: evidence (T14); what is absent is not shown.
import type { KeptEvent } from '@sealpost/events';
import { oneLine } from './print.ts';

type Members = Readonly<Record<string, unknown>>;

type Line = readonly [name: string, value: string];

export function formatEvidence(event: KeptEvent, { dialogue }: { readonly dialogue: boolean }): string {
  const { tls = {}, content = {}, attempt = {} } = event.facts;
  const lines: readonly Line[] = [
    ['recipients', event.recipients.join(', ')],
    ['attempt', text(attempt.number)],
    ...tlsLines(tls),
    ['body', bodyText(content)],
    ['reply', replyText(membersOf(attempt.reply))],
    ['possibly', attempt.possiblyDelivered === true ? 'delivered: the answer is unknown' : ''],
    ...(dialogue ? dialogueLines(attempt) : []),
  ];
  const shown = lines.filter(([, value]) => value !== '');
  const head = `${event.timestamp}  ${event.kind.eventType}\n`;
  return head + shown.map(([name, value]) => `  ${name.padEnd(12)}${oneLine(value, 500)}\n`).join('');
}

function tlsLines(tls: Members): readonly Line[] {
  const certificate = membersOf(tls.certificate) ?? {};
  const mx = membersOf(tls.mx);
  return [
    ['demanded', joined(' ', text(tls.required), inBrackets('policy', tls.policy))],
    ['achieved', text(tls.achieved)],
    ['host', mx === undefined ? '' : `${text(mx.host)} [${text(mx.address)}]:${text(mx.port)}`],
    ['TLS', joined(' ', text(tls.version), text(tls.cipher), text(tls.keyExchange))],
    ['server name', text(tls.serverName)],
    ['certificate', joined(', issued by ', text(certificate.subject), text(certificate.issuer))],
    ['valid', joined(' to ', text(certificate.notBefore), text(certificate.notAfter))],
    ['SHA-256', text(certificate.sha256)],
    ['verified', text(certificate.verificationResult)],
    ...listOf(tls.failures).map((failure): Line => ['failure', failureText(failure)]),
  ];
}

function dialogueLines(attempt: Members): readonly Line[] {
  return listOf(attempt.dialogue).map(({ direction, line }) => [
    direction === 'sent' ? '>' : '<',
    text(line),
  ]);
}

function failureText(failure: Members): string {
  const where = `${text(failure.mxHost)}${inBrackets('', failure.mxAddress)}`;
  return `${where}: ${text(failure.type)}, ${failure.definite === true ? 'definite' : 'may heal'}: ${text(failure.detail)}`;
}

/** T13. */
function bodyText({ bodySha256, sentBodySha256 }: Members): string {
  if (typeof bodySha256 !== 'string') return '';
  if (typeof sentBodySha256 !== 'string') return `SHA-256 ${bodySha256} when it was accepted`;
  return bodySha256 === sentBodySha256
    ? `SHA-256 ${bodySha256}, accepted and sent`
    : `CHANGED: SHA-256 ${bodySha256} accepted, ${sentBodySha256} sent`;
}

function replyText(reply: Members | undefined): string {
  return reply === undefined ? '' : joined(' ', text(reply.code), text(reply.text));
}

function inBrackets(name: string, value: unknown): string {
  const inner = joined(' ', name, text(value));
  return text(value) === '' ? '' : ` (${inner})`;
}

function joined(separator: string, ...parts: readonly string[]): string {
  return parts
    .filter((part) => part !== '')
    .join(separator)
    .replace(/ {2,}/g, ' ');
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function membersOf(value: unknown): Members | undefined {
  return isMembers(value) ? value : undefined;
}

function listOf(value: unknown): readonly Members[] {
  return Array.isArray(value) ? value.filter(isMembers) : [];
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
