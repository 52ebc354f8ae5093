// `sealpost credentials …`: who may call the API and log in over SMTP. policy-service answers.
import { smtpPassword } from '@sealpost/aws-auth';
import type { Credential } from '@sealpost/contracts';
import { type Command, Option } from 'commander';
import { withPolicyLink, type PolicyLink } from './policy-link.ts';
import { formatJson, formatTable, oneLine } from './print.ts';
import type { CommandContext } from './program.ts';

interface CreateOptions {
  readonly scope: 'full' | 'send';
  readonly description: string;
  readonly json?: true;
}

interface Made {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly smtpPassword: string;
  readonly region: string;
  readonly scope: string;
}

export function credentialsCommands(program: Command, context: CommandContext): void {
  const credentials = program.command('credentials').description('who may call the API and log in over SMTP');
  credentials
    .command('create')
    .description('make one; its secret and SMTP password are shown once')
    .addOption(
      new Option('--scope <scope>', 'everything, or sending only').choices(['full', 'send']).default('full'),
    )
    .option('--description <text>', 'what it is for', '')
    .option('--json', 'for programs')
    .action(async ({ json, ...facts }: CreateOptions) => {
      const made = await withPolicyLink(context, (link) => create(link, facts));
      context.stdout.write(json === true ? formatJson(made) : formatMade(made));
    });
  credentials
    .command('list')
    .description('all of them, without secrets')
    .option('--json', 'for programs')
    .action(async ({ json }: { readonly json?: true }) => {
      const all = await withPolicyLink(context, listAll);
      context.stdout.write(json === true ? formatJson({ credentials: all }) : formatCredentials(all));
    });
  changeCommand(credentials, context, { name: 'disable', description: 'it stops working at once' });
  changeCommand(credentials, context, { name: 'enable', description: 'it works again' });
  changeCommand(credentials, context, { name: 'delete', description: 'it is gone for good' });
}

async function create(
  { policies, place, unavailable }: PolicyLink,
  facts: Pick<CreateOptions, 'scope' | 'description'>,
): Promise<Made> {
  const answer = await policies.createCredential(facts);
  switch (answer.kind) {
    case 'limit':
      throw new Error('There are too many credentials: delete some.');
    case 'invalid':
      throw new Error(answer.message);
    case 'unavailable':
      throw unavailable();
    case 'created': {
      const { credential, secretAccessKey } = answer;
      const { accessKeyId, scope } = credential;
      const { region } = place;
      return {
        accessKeyId,
        secretAccessKey,
        smtpPassword: smtpPassword(secretAccessKey, region),
        region,
        scope,
      };
    }
  }
}

async function listAll({ policies, unavailable }: PolicyLink): Promise<readonly Credential[]> {
  const all: Credential[] = [];
  for (;;) {
    const afterId = all.at(-1)?.accessKeyId;
    const page = await policies.listCredentials({
      pageSize: 1000,
      ...(afterId === undefined ? {} : { afterId }),
    });
    if (page.kind === 'unavailable') throw unavailable();
    all.push(...page.credentials);
    if (!page.hasMore || page.credentials.length === 0) return all;
  }
}

function changeCommand(
  group: Command,
  context: CommandContext,
  { name, description }: { readonly name: 'disable' | 'enable' | 'delete'; readonly description: string },
): void {
  group
    .command(`${name} <access-key-id...>`)
    .description(description)
    .action(async (ids: readonly string[]) => {
      await withPolicyLink(context, async ({ policies, unavailable }) => {
        for (const id of ids) {
          const { kind } = await (name === 'delete'
            ? policies.deleteCredential(id)
            : policies.setCredentialEnabled(id, name === 'enable'));
          if (kind === 'unknown') throw new Error(`There is no credential ${oneLine(id, 128)}.`);
          if (kind === 'unavailable') throw unavailable();
        }
      });
      context.stdout.write(`${ids.length} done.\n`);
    });
}

function formatMade({ accessKeyId, secretAccessKey, smtpPassword: password, region, scope }: Made): string {
  return [
    `AWS_ACCESS_KEY_ID=${accessKeyId}\n`,
    `AWS_SECRET_ACCESS_KEY=${secretAccessKey}\n`,
    `SMTP_USERNAME=${accessKeyId}\n`,
    `SMTP_PASSWORD=${password}\n`,
    `# Scope ${scope}, region ${region}. The secret is not shown again.\n`,
  ].join('');
}

function formatCredentials(credentials: readonly Credential[]): string {
  if (credentials.length === 0) return 'There are no credentials.\n';
  return formatTable(
    ['ACCESS KEY ID', 'SCOPE', 'STATE', 'MADE', 'DESCRIPTION'],
    credentials.map(({ accessKeyId, scope, isDisabled, createdAt, description }) => [
      accessKeyId,
      scope,
      isDisabled ? 'disabled' : 'enabled',
      new Date(createdAt).toISOString().slice(0, 10),
      oneLine(description),
    ]),
  );
}
