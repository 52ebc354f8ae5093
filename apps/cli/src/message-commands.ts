// `sealpost message <id>` and `sealpost evidence <id>`: what became of a message, and the proof of it. Read from the
// events themselves, so that it needs no service but NATS.
import { diagnosticOf, readKeptEvent, type KeptEvent } from '@sealpost/events';
import { parseMessageId } from '@sealpost/mail';
import type { Command } from 'commander';
import { formatEvidence } from './format-evidence.ts';
import { withOperatorLink } from './operator-link.ts';
import { formatJson, formatTable, oneLine } from './print.ts';
import type { CommandContext } from './program.ts';

interface MessageOptions {
  readonly json?: true;
}

interface EvidenceOptions extends MessageOptions {
  readonly dialogue?: true;
}

export function messageCommands(program: Command, context: CommandContext): void {
  program
    .command('message <id>')
    .description('what became of a message, recipient by recipient')
    .option('--json', "for programs: the events themselves, SES's JSON with the evidence")
    .action(async (id: string, { json }: MessageOptions) => {
      const kept = await eventsOf(id, context);
      context.stdout.write(json === true ? formatKept(kept) : formatMessage(id, read(kept)));
    });
  program
    .command('evidence <id>')
    .description('how a message travelled: TLS demanded and achieved, certificates, failures, hashes')
    .option('--dialogue', 'with the lines of the conversation')
    .option('--json', 'for programs')
    .action(async (id: string, { json, dialogue }: EvidenceOptions) => {
      const events = read(await eventsOf(id, context)).filter(({ facts }) => facts.tls !== undefined);
      if (events.length === 0) throw new Error(`No attempt has been made for ${id} yet.`);
      context.stdout.write(
        json === true
          ? formatJson({ messageId: id, attempts: events.map(evidenceOf) })
          : events.map((event) => formatEvidence(event, { dialogue: dialogue === true })).join('\n'),
      );
    });
}

async function eventsOf(id: string, context: CommandContext): Promise<readonly string[]> {
  const messageId = parseMessageId(id);
  if (messageId === undefined) throw new Error('Not a message id, as `250 Ok` and the API give it.');
  const events = await withOperatorLink(context, (link) => link.eventsOf(messageId));
  if (events.length === 0) throw new Error(`No event of ${id} is kept: wrong id, not tried yet, or too old.`);
  return events;
}

function read(kept: readonly string[]): readonly KeptEvent[] {
  return kept.map(readKeptEvent).filter((event) => event !== undefined);
}

function formatKept(kept: readonly string[]): string {
  return formatJson({ events: kept.map((json): unknown => JSON.parse(json)) });
}

function evidenceOf({ kind, timestamp, recipients, facts }: KeptEvent): object {
  const { tls, content, attempt } = facts;
  return { eventType: kind.eventType, timestamp, recipients, tls, content, attempt };
}

function formatMessage(id: string, events: readonly KeptEvent[]): string {
  const [first] = events;
  if (first === undefined) throw new Error(`The events of ${id} can't be read by this version.`);
  const { source, commonHeaders, tags } = first.mail;
  const set = tags['ses:configuration-set']?.[0];
  const rows = events.flatMap((event) =>
    event.recipients.map((address) => [
      event.timestamp,
      event.kind.eventType,
      oneLine(address),
      oneLine(toldOf(event, address), 100),
    ]),
  );
  return [
    `message  ${id}\n`,
    `from     ${oneLine(source, 200)}\n`,
    ...(commonHeaders?.subject === undefined ? [] : [`subject  ${oneLine(commonHeaders.subject, 200)}\n`]),
    ...(set === undefined ? [] : [`set      ${oneLine(set)}\n`]),
    '\n',
    formatTable(['TIME', 'EVENT', 'RECIPIENT', 'WHAT'], rows),
  ].join('');
}

function toldOf(event: KeptEvent, address: string): string {
  const { facts } = event;
  const classes = [facts.bounceType, facts.bounceSubType, facts.complaintSubType, facts.delayType];
  const named = classes.filter((each) => each !== undefined && each !== null).join('/');
  return [named, diagnosticOf(event, address), facts.errorMessage]
    .filter((each) => each !== undefined && each !== '')
    .join('  ');
}
