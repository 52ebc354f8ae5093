// Templates and mail in v2. Source: SES contract 2.3.
import { expect } from 'vitest';
import { bytes, later, refused, sent, v2, type Names, type Step } from './step.ts';

export function templatesOfV2({ prefix, from, to }: Names): readonly Step[] {
  const of = { TemplateName: `${prefix}-template-v2` };
  const absent = { TemplateName: 'absent' };
  const content = (Text: string) => ({ TemplateContent: { Subject: 'v2 {{kind}} {{who}}', Text } });
  const TemplateData = (kind: string) => JSON.stringify({ kind, who: prefix });
  const create = v2('CreateEmailTemplate', { ...of, ...content('Hello') });
  const mail = { FromEmailAddress: from };
  const Destination = { ToAddresses: [to] };
  return [
    create,
    refused(create, 'AlreadyExistsException'),
    v2('UpdateEmailTemplate', { ...of, ...content('Hello {{who}}') }),
    refused(v2('UpdateEmailTemplate', { ...absent, ...content('x') }), 'NotFoundException', 404),
    v2('GetEmailTemplate', of, { answer: { ...of, ...content('Hello {{who}}') } }),
    refused(v2('GetEmailTemplate', absent), 'NotFoundException', 404),
    v2(
      'ListEmailTemplates',
      { PageSize: 100 },
      {
        answer: {
          TemplatesMetadata: expect.arrayContaining([
            { ...of, CreatedTimestamp: expect.stringMatching(/^20\d\d-/) as string },
          ]) as object,
        },
      },
    ),
    v2(
      'TestRenderEmailTemplate',
      { ...of, TemplateData: TemplateData('rendered') },
      {
        answer: {
          RenderedTemplate: expect.stringMatching(
            new RegExp(`Subject: v2 rendered ${prefix}[^]*Hello ${prefix}`),
          ) as string,
        },
      },
    ),
    refused(v2('TestRenderEmailTemplate', { ...absent, TemplateData: '{}' }), 'NotFoundException', 404),
    v2(
      'SendEmail',
      { ...mail, Destination, Content: { Template: { ...of, TemplateData: TemplateData('templated') } } },
      { answer: sent, arrives: `v2 templated ${prefix}` },
    ),
    v2(
      'SendBulkEmail',
      {
        ...mail,
        DefaultContent: { Template: { ...of, TemplateData: TemplateData('bulk') } },
        BulkEmailEntries: [{ Destination }, { Destination: { ToAddresses: ['nobody'] } }],
      },
      {
        answer: { BulkEmailEntryResults: [{ Status: 'SUCCESS', ...sent }, { Status: 'INVALID_PARAMETER' }] },
        arrives: `v2 bulk ${prefix}`,
      },
    ),
    v2('DeleteEmailTemplate', of),
    refused(v2('DeleteEmailTemplate', of), 'NotFoundException', 404),
  ];
}

export function sendingOfV2({ prefix, from, to }: Names, set: string): readonly Step[] {
  const simple = (Subject: string, more: object = {}) => ({
    FromEmailAddress: from,
    Destination: { ToAddresses: [to] },
    EmailTags: [{ Name: 'campaign', Value: 'spring' }],
    Content: {
      Simple: {
        Subject: { Data: Subject },
        Body: { Text: { Data: 'Hi' }, Html: { Data: '<p>Hi</p>' } },
        ...more,
      },
    },
  });
  const raw = `From: ${from}\r\nTo: ${to}\r\nSubject: v2 raw ${prefix}\r\n\r\nGrüße + more\r\n`;
  const extras = {
    Headers: [{ Name: 'X-Mine', Value: '1' }],
    Attachments: [{ FileName: 'a.txt', RawContent: bytes('attached') }],
  };
  return [
    v2(
      'SendEmail',
      { ...simple(`v2 simple ${prefix}`), ConfigurationSetName: set },
      {
        answer: sent,
        arrives: `v2 simple ${prefix}`,
      },
    ),
    v2('SendEmail', simple(`v2 attached ${prefix}`, extras), {
      answer: sent,
      arrives: `v2 attached ${prefix}`,
      ...later,
    }),
    v2(
      'SendEmail',
      { Content: { Raw: { Data: bytes(raw) } } },
      { answer: sent, arrives: `v2 raw ${prefix}` },
    ),
    refused(v2('SendEmail', { ...simple('x'), ConfigurationSetName: 'absent' }), 'NotFoundException', 404),
    refused(v2('SendEmail', { ...simple('x'), FromEmailAddress: 'a@unverified.test' }), 'MessageRejected'),
    // What it tells of mail that was sent: events.e2e.ts.
    refused(v2('GetMessageInsights', { MessageId: 'absent' }, later), 'NotFoundException', 404),
  ];
}
