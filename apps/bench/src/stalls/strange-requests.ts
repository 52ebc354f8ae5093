// Requests that may hold an event loop for long: the largest and the strangest that the API reads, one of each kind.
// Bodies are made when they are needed. Source: faults 4.2, SES contract 7.

export interface StrangeRequest {
  readonly title: string;
  readonly path: '/' | `/v2/email/${string}`;
  readonly body: () => string;
}

const MIB = 1024 * 1024;
const SEND = '/v2/email/outbound-emails';
const BULK = '/v2/email/outbound-bulk-emails';
const HEAD = 'From: app@sender.test\r\nTo: someone@receiver.test\r\n';

export const STRANGE_REQUESTS: readonly StrangeRequest[] = [
  v2Raw('v2 raw, 40 MB, ordinary lines', () => mail('x'.repeat(76) + '\r\n', 40_000_000)),
  v2Raw('v2 raw, 40 MB of bare LF', () => mail('\n', 19_000_000)),
  v2Raw('v2 raw, 40 MB of one line', () => mail('x', 40_000_000)),
  v2Raw('v2 raw, 40 MB of empty MIME parts', () => {
    const type = 'Content-Type: multipart/mixed; boundary=b\r\n';
    return `${HEAD}${type}\r\n${'--b\r\n\r\n'.repeat(5_700_000)}`;
  }),
  v2Raw('v2 raw, 1,000 header fields', () => `${HEAD}${'X-A: b\r\n'.repeat(990)}\r\nx`),
  v2Raw(
    'v2 raw, one field of 256 KB',
    () => `${HEAD}Cc: ${'a@b.test,\r\n '.repeat(20_000)}a@b.test\r\n\r\nx`,
  ),
  v2Raw('v2 raw, comments in comments', () => `${HEAD}Cc: ${'('.repeat(200_000)}\r\n\r\nx`),
  {
    title: 'v2 raw, 10 MB with every sign escaped',
    path: SEND,
    body: () => `{"Content":{"Raw":{"Data":"${'\\u0041'.repeat(10 * MIB)}"}}}`,
  },
  v2Simple('v2 text of 15 MB', { text: () => `${'x'.repeat(76)}\r\n`.repeat(200_000) }),
  v2Simple('v2 text of 14 MB, beyond ASCII', { text: () => '\u00e4\u{1f600}\n'.repeat(1_750_000) }),
  {
    title: 'v2 text of 8 million escapes',
    path: SEND,
    body: () => simple({ rawText: '\\n'.repeat(8_000_000) }),
  },
  v2Simple('v2 subject of 60 KB', { subject: () => '\u00e4 '.repeat(31_000) }),
  v2Simple('v2 recipient of 15 MB', { to: () => [`"${'x\u00e4'.repeat(5_000_000)}" <a@b.test>`] }),
  v2Simple('v2 recipient of 15 MB, commas', { to: () => [','.repeat(15_000_000)] }),
  v2Simple('v2, 15,000 recipients', {
    to: () => Array.from({ length: 15_000 }, (_one, at) => `a${at}@b.test`),
  }),
  v2Simple('v2, Reply-To of 15,000', {
    replyTo: () => Array.from({ length: 15_000 }, () => 'N\u00e4me <a@b.test>'),
  }),
  v2Simple('v2, Reply-To of 50 KB', {
    replyTo: () => Array.from({ length: 50 }, () => 'N\u00e4me '.repeat(200) + '<a@b.test>'),
  }),
  v2Simple('v2, 15 headers of 995', {
    headers: () => Array.from({ length: 15 }, () => ['X-Long', 'x '.repeat(497) + 'x']),
  }),
  v2Simple('v2, 990 attachments', {
    attachments: () => Array.from({ length: 990 }, () => ({ FileName: 'a', RawContent: 'eA==' })),
  }),
  v2Simple('v2, attachment of 29 MB', {
    attachments: () => [{ FileName: 'a', RawContent: 'eHh4'.repeat(9_700_000) }],
  }),
  v2Simple('v2, attachment of 10 MB, quoted-printable', {
    attachments: () => [
      { FileName: 'a', RawContent: '////'.repeat(3_500_000), ContentTransferEncoding: 'QUOTED_PRINTABLE' },
    ],
  }),
  v2Simple('v2, 6,000 tags', {
    tags: () => Array.from({ length: 6000 }, (_one, at) => ({ Name: `n${at}`, Value: 'v' })),
  }),
  { title: 'v2, 60 MB of blanks', path: SEND, body: () => ' '.repeat(60 * MIB) },
  { title: 'v2, 15 MB of blanks', path: SEND, body: () => `${' '.repeat(15 * MIB)}{}` },
  { title: 'v2, depth without end', path: SEND, body: () => '['.repeat(50 * MIB) },
  {
    title: 'v2, unknown members',
    path: SEND,
    body: () => `{${'"k":"v",'.repeat(19_000)}"k":"${'v'.repeat(15 * MIB)}"}`,
  },
  {
    title: 'v2, 19,000 escaped keys',
    path: SEND,
    body: () => `{${`"${'\\u006b'.repeat(100)}":"v",`.repeat(19_000)}"k":1}`,
  },
  v1(
    'v1 raw, 10 MB',
    () =>
      `SendRawEmail&RawMessage.Data=${encodeURIComponent(base64(mail('x'.repeat(76) + '\r\n', 10_000_000)))}`,
  ),
  v1(
    'v1 raw, every sign encoded',
    () =>
      `SendRawEmail&RawMessage.Data=${base64(mail('x'.repeat(76) + '\r\n', 6_900_000)).replace(/[^]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}`,
  ),
  v1('v1 text of 27 MB', () => `${v1Simple()}&Message.Body.Text.Data=${'x'.repeat(27 * MIB)}`),
  v1('v1 text of 9 MB, encoded', () => `${v1Simple()}&Message.Body.Text.Data=${'%c3%a4'.repeat(4.5 * MIB)}`),
  v1('v1, 100,000 members', () => `SendEmail${memberList('Destination.ToAddresses', 100_000)}`),
  v1(
    'v1, 19,000 members',
    () => `SendEmail&Source=a%40b.test${memberList('Destination.ToAddresses', 19_000)}`,
  ),
  v1(
    'v1, 19,000 short members',
    () => `SendEmail${Array.from({ length: 19_000 }, (_one, at) => `&${at}=1`).join('')}`,
  ),
  v1('v1, 19,000 long names', () => `SendEmail${`&${'a.'.repeat(10)}${'b'.repeat(1400)}=1`.repeat(19_000)}`),
  v1('v1, 27 MB of &', () => `SendEmail${'&'.repeat(27 * MIB)}`),
  v1('v1, 19,000 raw messages', () => `SendRawEmail${'&RawMessage.Data=eA%3D%3D'.repeat(19_000)}`),
  v1('v1, an action of 27 MB', () => '<'.repeat(27 * MIB)),
  v1('v1, a template name of 27 MB', () => `GetTemplate&TemplateName=${'<'.repeat(27 * MIB)}`),
  v1('v1, an identity of 27 MB', () => `VerifyEmailIdentity&EmailAddress=${'a'.repeat(27 * MIB)}%40b.test`),
  v1('v1, a domain of 27 MB', () => `VerifyDomainIdentity&Domain=${'a.'.repeat(13 * MIB)}test`),
  v1(
    'v1, a policy of 27 MB',
    () => `PutIdentityPolicy&Identity=b.test&PolicyName=p&Policy=${'{"a":'.repeat(5 * MIB)}`,
  ),
  bulk('bulk, 50 destinations, template of 400 KB', {
    text: '{{a}}' + 'x'.repeat(400 * 1024),
    data: { a: 1 },
  }),
  bulk('bulk, 50 destinations, template of 400 KB beyond ASCII', {
    text: '{{a}}' + '\u00e4'.repeat(400 * 1024),
    data: { a: 1 },
  }),
  bulk('bulk, 50 destinations, 250 KB of data each', {
    text: '{{#each a}}{{this}}{{/each}}',
    data: { a: Array.from({ length: 60_000 }, () => 1) },
  }),
  bulk('bulk, 50 destinations, endless loops', {
    text: '{{#each a}}{{#each ../a}}{{#each ../a}}{{/each}}{{/each}}{{/each}}',
    data: { a: Array.from({ length: 200 }, () => 1) },
  }),
  bulk('bulk, 50 destinations, loops that print', {
    text: '{{#each a}}{{#each ../a}}{{this}} {{@index}} {{../b}}{{/each}}{{/each}}',
    data: { a: Array.from({ length: 200 }, () => 1), b: 'x'.repeat(200) },
  }),
  template('template of 500 expressions', '{{a.b.c.d.e.f}}'.repeat(500)),
  template('template of 250 blocks', '{{#if a}}x{{/if}}'.repeat(250)),
  template('template of nested blocks', '{{#if a}}'.repeat(200) + '{{/if}}'.repeat(200)),
  template('template of one long expression', `{{a${'.b'.repeat(200_000)}}}`),
  template('template of one long literal', `{{lookup a "${'x'.repeat(400_000)}"}}`),
  template('template of many arguments', `{{lookup ${'a '.repeat(200_000)}}}`),
  template('template of raw blocks', '{{{{a}}}}'.repeat(100)),
  template('template of comments', `{{!--${'-'.repeat(400_000)}`),
  template('template of blanks', `{{a}}${' '.repeat(400_000)}\n{{#if a}}${' \n'.repeat(40_000)}{{/if}}`),
  template('template of backslashes', `${'\\'.repeat(400_000)}{{a}}`),
  template('template of subexpressions', `{{lookup a ${'(lookup a '.repeat(2000)}1${')'.repeat(2000)}}}`),
];

function v2Raw(title: string, content: () => string): StrangeRequest {
  return { title, path: SEND, body: () => `{"Content":{"Raw":{"Data":"${base64(content())}"}}}` };
}

function mail(line: string, sizeBytes: number): string {
  return `${HEAD}\r\n${line.repeat(Math.floor(sizeBytes / line.length))}`;
}

function base64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64');
}

interface SimpleParts {
  readonly text?: () => string;
  readonly rawText?: string;
  readonly subject?: () => string;
  readonly to?: () => readonly string[];
  readonly replyTo?: () => readonly string[];
  readonly headers?: () => readonly (readonly string[])[];
  readonly attachments?: () => readonly object[];
  readonly tags?: () => readonly object[];
}

function v2Simple(title: string, parts: SimpleParts): StrangeRequest {
  return { title, path: SEND, body: () => simple(parts) };
}

function simple({ text, rawText, subject, to, replyTo, headers, attachments, tags }: SimpleParts): string {
  return JSON.stringify({
    FromEmailAddress: 'app@sender.test',
    Destination: { ToAddresses: to?.() ?? ['someone@receiver.test'] },
    ReplyToAddresses: replyTo?.(),
    EmailTags: tags?.(),
    Content: {
      Simple: {
        Subject: { Data: subject?.() ?? 'Hi' },
        Body: { Text: { Data: text?.() ?? 'PLACE' } },
        Headers: headers?.().map(([Name, Value]) => ({ Name, Value })),
        Attachments: attachments?.(),
      },
    },
  }).replace('PLACE', rawText ?? 'x');
}

function v1(title: string, parameters: () => string): StrangeRequest {
  return { title, path: '/', body: () => `Version=2010-12-01&Action=${parameters()}` };
}

function v1Simple(): string {
  return 'SendEmail&Source=app%40sender.test&Destination.ToAddresses.member.1=a%40b.test&Message.Subject.Data=x';
}

function memberList(name: string, count: number): string {
  return Array.from({ length: count }, (_one, at) => `&${name}.member.${at + 1}=a%40b.test`).join('');
}

interface Filling {
  readonly text: string;
  readonly data: object;
}

function bulk(title: string, { text, data }: Filling): StrangeRequest {
  return {
    title,
    path: BULK,
    body: () =>
      JSON.stringify({
        FromEmailAddress: 'app@sender.test',
        DefaultContent: {
          Template: { TemplateContent: { Subject: 's', Text: text }, TemplateData: '{}' },
        },
        BulkEmailEntries: Array.from({ length: 50 }, (_one, at) => ({
          Destination: { ToAddresses: [`a${at}@b.test`] },
          ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: JSON.stringify(data) } },
        })),
      }),
  };
}

function template(title: string, text: string): StrangeRequest {
  return {
    title,
    path: SEND,
    body: () =>
      JSON.stringify({
        FromEmailAddress: 'app@sender.test',
        Destination: { ToAddresses: ['a@b.test'] },
        Content: {
          Template: { TemplateContent: { Subject: 's', Text: text }, TemplateData: '{"a":{"b":1}}' },
        },
      }),
  };
}
