// `sealpost queue …`: what waits, why, and what the operator wants done with it. mx-delivery answers.
import type { JobSelection, QueueAnswer, QueuedJob, QueueQuestion } from '@sealpost/contracts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { withOperatorLink } from './operator-link.ts';
import { formatDuration, formatJson, formatTable, oneLine } from './print.ts';
import type { CommandContext } from './program.ts';

interface ListOptions {
  readonly limit: number;
  readonly state?: QueuedJob['state'];
  readonly domain?: string;
  readonly sender?: string;
  readonly json?: true;
}

interface ChangeOptions {
  readonly domain?: string;
  readonly all?: true;
  readonly report: boolean;
  readonly json?: true;
}

export function queueCommands(program: Command, context: CommandContext): void {
  const queue = program.command('queue').description('list, inspect and change what waits for delivery');
  queue
    .command('list')
    .description('what waits, the longest deferred first')
    .option('--limit <number>', 'at most so many', parseLimit, 100)
    .addOption(new Option('--state <state>').choices(['waiting', 'active', 'deferred', 'held']))
    .option('--domain <domain>', 'only for recipients there')
    .option('--sender <address>', 'only from this reverse-path')
    .option('--json', 'for programs')
    .action(async ({ json, ...asked }: ListOptions) => {
      const answer = await ask({ kind: 'list', ...asked }, context);
      if (answer.kind !== 'jobs') throw unexpected(answer);
      context.stdout.write(json === true ? formatJson(answer) : formatJobs(answer));
    });
  queue
    .command('show <job>')
    .description('one job, with the headers of its message')
    .option('--json', 'for programs')
    .action(async (jobId: string, { json }: { json?: true }) => {
      const answer = await ask({ kind: 'show', jobId }, context);
      if (answer.kind !== 'job') throw unexpected(answer);
      context.stdout.write(json === true ? formatJson(answer) : formatJob(answer.job, answer.headers));
    });
  changeCommand(queue, context, 'retry', 'try jobs now, whatever is known of their hosts');
  changeCommand(queue, context, 'hold', 'keep jobs from being tried until they are released');
  changeCommand(queue, context, 'release', 'end a hold: the jobs are tried now');
  changeCommand(
    queue,
    context,
    'drop',
    'give jobs up: a bounce event each, and a report to the sender',
  ).option('--no-report', 'without the report');
}

function changeCommand(
  queue: Command,
  context: CommandContext,
  kind: 'retry' | 'hold' | 'release' | 'drop',
  description: string,
): Command {
  return queue
    .command(`${kind} [job...]`)
    .description(description)
    .option('--domain <domain>', 'all jobs for recipients there')
    .option('--all', 'all jobs')
    .option('--json', 'for programs')
    .action(async (jobIds: readonly string[], options: ChangeOptions) => {
      const selection = selectionOf(jobIds, options);
      const question: QueueQuestion =
        kind === 'drop' ? { kind, selection, report: options.report } : { kind, selection };
      const answer = await ask(question, context);
      if (answer.kind !== 'changed') throw unexpected(answer);
      context.stdout.write(options.json === true ? formatJson(answer) : formatChanges(answer));
      if (answer.left.length > 0)
        throw new Error(`${String(answer.left.length)} of the jobs were left as they are.`);
    });
}

function selectionOf(jobIds: readonly string[], { domain, all }: ChangeOptions): JobSelection {
  const given = [jobIds.length > 0, domain !== undefined, all === true].filter(Boolean).length;
  if (given !== 1) throw new Error('Name jobs, or --domain, or --all: one of the three.');
  if (domain !== undefined) return { domain };
  return all === true ? { everything: true } : { jobIds: [...jobIds] };
}

function ask(question: QueueQuestion, context: CommandContext): Promise<QueueAnswer> {
  return withOperatorLink(context, async (link) => {
    const answer = await link.askQueue(question);
    switch (answer.kind) {
      case 'nobody':
        throw new Error('No mx-delivery is running: nobody knows the queue.');
      case 'timeout':
        throw new Error('mx-delivery did not answer in time.');
      case 'refused':
        throw new Error(answer.reason);
      default:
        return answer;
    }
  });
}

function unexpected(answer: QueueAnswer): Error {
  return new Error(`mx-delivery gave an answer to another question (${answer.kind}).`);
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw new InvalidArgumentError('A number from 1 to 1000.');
}

function formatJobs({ jobs, hasMore, isIndexKnown }: Extract<QueueAnswer, { kind: 'jobs' }>): string {
  if (jobs.length === 0) return 'The queue is empty.\n';
  const now = Date.now();
  const table = formatTable(
    ['JOB', 'STATE', 'AGE', 'NEXT', 'TRIED', 'FROM', 'TO', 'LAST ANSWER'],
    jobs.map((job) => [
      job.jobId,
      job.state,
      formatDuration(now - job.acceptedAt),
      job.nextAttemptAt === undefined ? '-' : formatDuration(job.nextAttemptAt - now),
      String(job.attemptCount),
      oneLine(job.reversePath === '' ? '<>' : job.reversePath, 40),
      oneLine(job.recipients.join(', '), 40),
      oneLine(job.lastAnswer ?? '', 80),
    ]),
  );
  const more = hasMore ? 'There is more: --limit shows up to 1000, --domain and --state fewer.\n' : '';
  const index = isIndexKnown ? '' : 'Redis is away: states and times are not known.\n';
  return `${table}${more}${index}`;
}

function formatJob(job: QueuedJob, headers: string): string {
  const time = (at: number) => new Date(at).toISOString();
  const facts: readonly (readonly [string, string])[] = [
    ['job', job.jobId],
    ['message', job.messageId],
    ['state', job.state],
    ['from', job.reversePath === '' ? '<>' : job.reversePath],
    ['to', job.recipients.join(', ')],
    ['accepted', time(job.acceptedAt)],
    ['size', `${job.sizeBytes} bytes`],
    ['TLS policy', job.tlsPolicy],
    ['attempts', String(job.attemptCount)],
    ['next attempt', job.nextAttemptAt === undefined ? '-' : time(job.nextAttemptAt)],
    ['given up at', time(job.giveUpAt)],
    ['last answer', job.lastAnswer ?? '-'],
  ];
  const lines = facts.map(([name, value]) => `${name.padEnd(13)} ${oneLine(value, 2000)}\n`).join('');
  const shown = headers.split(/\r?\n/).map((line) => `  ${oneLine(line, 998)}`.trimEnd());
  return `${lines}headers\n${shown.join('\n').trimEnd()}\n`;
}

function formatChanges({ changed, left }: Extract<QueueAnswer, { kind: 'changed' }>): string {
  return [`${changed.length} done.\n`, ...left.map(({ jobId, reason }) => `${jobId}: ${reason}\n`)].join('');
}
