// `sealpost notices …`: what webhooks did not take, and who has confirmed. The first works on the stream itself, the
// second asks policy-service.
import type { DeadNotice, OperatorLink } from '@sealpost/bus';
import type { Command } from 'commander';
import { withOperatorLink } from './operator-link.ts';
import { withPolicyLink } from './policy-link.ts';
import { formatJson, formatTable, oneLine } from './print.ts';
import type { CommandContext } from './program.ts';

interface JsonOption {
  readonly json?: true;
}

interface Selection {
  readonly webhook?: string;
  readonly all?: true;
}

export function noticesCommands(program: Command, context: CommandContext): void {
  const group = program.command('notices').description('notices to webhooks that could not be delivered');
  group
    .command('list')
    .description('what is kept, for which webhook, and why')
    .option('--webhook <key>', 'of one webhook of `sealpost notices subscriptions`')
    .option('--json', 'for programs')
    .action(async ({ json, webhook }: JsonOption & Selection) => {
      const found = await withOperatorLink(context, (link) => collect(link, webhook));
      const shown = found.map(withoutBytes);
      context.stdout.write(json === true ? formatJson({ notices: shown }) : formatNotices(shown));
    });
  group
    .command('show <number>')
    .description('one of them with its message')
    .option('--json', 'for programs')
    .action(async (text: string, { json }: JsonOption) => {
      const found = await withOperatorLink(context, (link) => find(link, parseNumber(text)));
      context.stdout.write(json === true ? formatJson(withoutBytes(found)) : formatNotice(found));
    });
  changeCommand(group, context, {
    name: 'put-back',
    description: 'send them again, with all their tries',
    act: putBack,
  });
  changeCommand(group, context, {
    name: 'drop',
    description: 'delete them for good',
    act: (link, { sequence }) => link.deadNotices.drop(sequence),
  });
  group
    .command('subscriptions')
    .description('webhooks of the configuration, and whether they have confirmed')
    .option('--json', 'for programs')
    .action(async ({ json }: JsonOption) => {
      const subscriptions = await listSubscriptions(context);
      context.stdout.write(
        json === true ? formatJson({ subscriptions }) : formatSubscriptions(subscriptions),
      );
    });
}

interface Change {
  readonly name: string;
  readonly description: string;
  readonly act: (link: OperatorLink, notice: DeadNotice) => Promise<void>;
}

function changeCommand(group: Command, context: CommandContext, { name, description, act }: Change): void {
  group
    .command(`${name} [number...]`)
    .description(description)
    .option('--webhook <key>', 'all of one webhook')
    .option('--all', 'all of them')
    .action(async (numbers: readonly string[], selection: Selection) => {
      const count = await withOperatorLink(context, async (link) => {
        const chosen = await choose(link, numbers, selection);
        for (const notice of chosen) await act(link, notice);
        return chosen.length;
      });
      context.stdout.write(`${String(count)} done.\n`);
    });
}

async function choose(
  link: OperatorLink,
  numbers: readonly string[],
  { webhook, all }: Selection,
): Promise<readonly DeadNotice[]> {
  const ways = [numbers.length > 0, webhook !== undefined, all === true].filter(Boolean).length;
  if (ways !== 1) throw new Error('Say which: numbers of `sealpost notices list`, --webhook, or --all.');
  if (numbers.length === 0) return collect(link, webhook);
  const chosen: DeadNotice[] = [];
  for (const sequence of numbers.map(parseNumber)) chosen.push(await find(link, sequence));
  return chosen;
}

async function putBack(link: OperatorLink, notice: DeadNotice): Promise<void> {
  const result = await link.deadNotices.putBack(notice);
  const number = String(notice.sequence);
  if (result === 'full') throw new Error(`${number}: too many wait for this webhook already; it stays here.`);
  if (result === 'unavailable') throw new Error(`${number}: the store is away; it stays here.`);
}

async function collect(link: OperatorLink, webhook: string | undefined): Promise<readonly DeadNotice[]> {
  if (webhook !== undefined && !/^[A-Za-z0-9]{1,64}$/.test(webhook))
    throw new Error(`Not a key of \`sealpost notices subscriptions\`: ${oneLine(webhook)}`);
  const notices: DeadNotice[] = [];
  for await (const notice of link.deadNotices.list(webhook)) notices.push(notice);
  return notices;
}

async function find(link: OperatorLink, sequence: number): Promise<DeadNotice> {
  const notice = await link.deadNotices.find(sequence);
  if (notice === undefined) throw new Error(`No notice is kept under ${String(sequence)}.`);
  return notice;
}

function parseNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new Error(`Not a number of \`sealpost notices list\`: ${oneLine(text)}`);
}

type Shown = Omit<DeadNotice, 'bytes'>;

function withoutBytes({ sequence, key, reason, setAsideAt, notice }: DeadNotice): Shown {
  return { sequence, key, reason, setAsideAt, notice };
}

function formatNotices(notices: readonly Shown[]): string {
  if (notices.length === 0) return 'No notice is kept.\n';
  return formatTable(
    ['NUMBER', 'GIVEN UP', 'WEBHOOK', 'NOTICE', 'REASON'],
    notices.map(({ sequence, setAsideAt, key, notice, reason }) => [
      String(sequence),
      setAsideAt,
      key,
      notice?.messageId ?? 'unreadable',
      oneLine(reason, 100),
    ]),
  );
}

function formatNotice({ sequence, setAsideAt, key, reason, notice }: DeadNotice): string {
  return [
    `number    ${sequence}\n`,
    `given up  ${setAsideAt}\n`,
    `webhook   ${key}\n`,
    `reason    ${oneLine(reason, 500)}\n`,
    `notice    ${notice?.messageId ?? 'unreadable'}\n`,
    `\n${oneLine(notice?.message ?? '', 256 * 1024)}\n`,
  ].join('');
}

interface ShownSubscription {
  readonly key: string;
  readonly topicArn: string;
  readonly url: string;
  readonly state: string;
  /** ISO-8601. */
  readonly askedAt: string;
  readonly confirmedAt?: string;
}

async function listSubscriptions(context: CommandContext): Promise<readonly ShownSubscription[]> {
  const answer = await withPolicyLink(context, async ({ policies, unavailable }) => {
    const listed = await policies.listSubscriptions();
    if (listed.kind === 'unavailable') throw unavailable();
    return listed.subscriptions;
  });
  return answer.map(({ key, topicArn, url, state, createdAt, confirmedAt }) => ({
    key,
    topicArn,
    url,
    state,
    askedAt: new Date(createdAt).toISOString(),
    ...(confirmedAt === 0 ? {} : { confirmedAt: new Date(confirmedAt).toISOString() }),
  }));
}

function formatSubscriptions(subscriptions: readonly ShownSubscription[]): string {
  if (subscriptions.length === 0) return 'No webhook is configured (EVENT_TARGETS of policy-service).\n';
  return formatTable(
    ['WEBHOOK', 'STATE', 'SINCE', 'TOPIC', 'URL'],
    subscriptions.map(({ key, state, askedAt, confirmedAt, topicArn, url }) => [
      key,
      state,
      confirmedAt ?? askedAt,
      oneLine(topicArn, 120),
      oneLine(url, 200),
    ]),
  );
}
