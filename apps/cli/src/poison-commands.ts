// `sealpost poison …`: records that could not be worked on, and the way back. Works on the stream itself, so it
// does not need a delivery process.
import type { OperatorLink, PoisonRecord } from '@sealpost/bus';
import type { Command } from 'commander';
import { withOperatorLink } from './operator-link.ts';
import { formatJson, formatTable, oneLine } from './print.ts';
import type { CommandContext } from './program.ts';

interface JsonOption {
  readonly json?: true;
}

export function poisonCommands(program: Command, context: CommandContext): void {
  const poison = program
    .command('poison')
    .description('records set aside because they could not be worked on');
  poison
    .command('list')
    .description('what is set aside, and why')
    .option('--json', 'for programs')
    .action(async ({ json }: JsonOption) => {
      const records = await withOperatorLink(context, collect);
      const shown = records.map(withoutBytes);
      context.stdout.write(json === true ? formatJson({ records: shown }) : formatRecords(shown));
    });
  poison
    .command('show <number>')
    .description('one record: the facts, or its bytes as they are')
    .option('--raw', 'the bytes')
    .option('--json', 'for programs')
    .action(async (text: string, { raw, json }: JsonOption & { readonly raw?: true }) => {
      const record = await withOperatorLink(context, (link) => find(link, parseNumber(text)));
      if (raw === true) context.stdout.write(record.bytes);
      else if (json === true) context.stdout.write(formatJson(withoutBytes(record)));
      else context.stdout.write(formatRecord(record));
    });
  poison
    .command('put-back <number...>')
    .description('give records back to delivery, which tries them again')
    .action((numbers: readonly string[]) => forEach(numbers, context, putBack));
  poison
    .command('drop <number...>')
    .description('delete records for good')
    .action((numbers: readonly string[]) =>
      forEach(numbers, context, (link, record) => link.poison.drop(record.sequence)),
    );
}

async function forEach(
  numbers: readonly string[],
  context: CommandContext,
  act: (link: OperatorLink, record: PoisonRecord) => Promise<void>,
): Promise<void> {
  const sequences = numbers.map(parseNumber);
  await withOperatorLink(context, async (link) => {
    for (const sequence of sequences) await act(link, await find(link, sequence));
  });
  context.stdout.write(`${String(sequences.length)} done.\n`);
}

async function putBack(link: OperatorLink, record: PoisonRecord): Promise<void> {
  const result = await link.poison.putBack(record);
  switch (result) {
    case 'put-back':
      await tryNow(link, record);
      return;
    case 'taken':
      throw new Error(`${String(record.sequence)}: the queue has a newer record of this job; drop this one.`);
    case 'unavailable':
      throw new Error(`${String(record.sequence)}: the queue is full or away; it stays set aside.`);
  }
}

const DEFERRED = 'mail.deferred.';

/** A job that was deferred is due now; without a delivery process it is found within five minutes of its start. */
async function tryNow(link: OperatorLink, { subject }: PoisonRecord): Promise<void> {
  if (!subject.startsWith(DEFERRED)) return;
  await link.askQueue({ kind: 'retry', selection: { jobIds: [subject.slice(DEFERRED.length)] } });
}

async function collect(link: OperatorLink): Promise<readonly PoisonRecord[]> {
  const records: PoisonRecord[] = [];
  for await (const record of link.poison.list()) records.push(record);
  return records;
}

async function find(link: OperatorLink, sequence: number): Promise<PoisonRecord> {
  const record = await link.poison.find(sequence);
  if (record === undefined) throw new Error(`Nothing is set aside under ${String(sequence)}.`);
  return record;
}

function parseNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new Error(`Not a number of \`sealpost poison list\`: ${text}`);
}

type Shown = Omit<PoisonRecord, 'bytes'> & { readonly sizeBytes: number };

function withoutBytes({ bytes, ...facts }: PoisonRecord): Shown {
  return { ...facts, sizeBytes: bytes.length };
}

function formatRecords(records: readonly Shown[]): string {
  if (records.length === 0) return 'Nothing is set aside.\n';
  return formatTable(
    ['NUMBER', 'SET ASIDE', 'BYTES', 'FROM', 'REASON'],
    records.map(({ sequence, setAsideAt, sizeBytes, subject, reason }) => [
      String(sequence),
      setAsideAt,
      String(sizeBytes),
      subject,
      oneLine(reason, 100),
    ]),
  );
}

function formatRecord(record: PoisonRecord): string {
  const { sequence, setAsideAt, subject, reason, bytes } = record;
  return [
    `number     ${sequence}\n`,
    `set aside  ${setAsideAt}\n`,
    `from       ${subject}\n`,
    `reason     ${oneLine(reason, 500)}\n`,
    `bytes      ${bytes.length}; the first of them: ${oneLine(Buffer.from(bytes.subarray(0, 200)).toString('latin1'), 200)}\n`,
  ].join('');
}
