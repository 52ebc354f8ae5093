// Templates and mail in v1; a set that is paused at first. Source: SES contract 1.5.
import { expect } from 'vitest';
import { bytes, refused, sent, v1, type Names, type Step } from './step.ts';

export function templatesOfV1({ prefix, from, to }: Names, set: string): readonly Step[] {
  const name = `${prefix}-template-v1`;
  const template = (TextPart: string) => ({
    Template: { TemplateName: name, SubjectPart: 'v1 {{kind}} {{who}}', TextPart },
  });
  const create = v1('CreateTemplate', template('Hello'));
  const TemplateData = (kind: string) => JSON.stringify({ kind, who: prefix });
  const mail = { Source: from, Template: name, ConfigurationSetName: set };
  const paused = v1('SendTemplatedEmail', {
    ...mail,
    Destination: { ToAddresses: [to] },
    TemplateData: TemplateData('templated'),
  });
  return [
    create,
    refused(create, 'AlreadyExists'),
    v1('UpdateTemplate', template('Hello {{who}}')),
    v1('GetTemplate', { TemplateName: name }, { answer: template('Hello {{who}}') }),
    refused(v1('GetTemplate', { TemplateName: 'absent' }), 'TemplateDoesNotExist'),
    v1(
      'ListTemplates',
      { MaxItems: 100 },
      {
        answer: {
          TemplatesMetadata: expect.arrayContaining([
            { Name: name, CreatedTimestamp: expect.stringMatching(/^20\d\d-/) as string },
          ]) as object,
        },
      },
    ),
    v1(
      'TestRenderTemplate',
      { TemplateName: name, TemplateData: TemplateData('rendered') },
      {
        answer: {
          RenderedTemplate: expect.stringMatching(
            new RegExp(`Subject: v1 rendered ${prefix}[^]*Hello ${prefix}`),
          ) as string,
        },
      },
    ),
    refused(
      v1('TestRenderTemplate', { TemplateName: name, TemplateData: '{}' }),
      'MissingRenderingAttribute',
    ),
    refused(paused, 'ConfigurationSetSendingPausedException'),
    v1('UpdateConfigurationSetSendingEnabled', { ConfigurationSetName: set, Enabled: true }),
    { ...paused, answer: sent, arrives: `v1 templated ${prefix}` },
    v1(
      'SendBulkTemplatedEmail',
      {
        ...mail,
        DefaultTemplateData: TemplateData('bulk'),
        Destinations: [{ Destination: { ToAddresses: [to] } }, { Destination: { ToAddresses: ['nobody'] } }],
      },
      {
        answer: {
          Status: [{ Status: 'Success', ...sent }, { Status: 'InvalidParameterValue' }],
        },
        arrives: `v1 bulk ${prefix}`,
      },
    ),
    v1('DeleteTemplate', { TemplateName: name }),
    refused({ ...paused, answer: {} }, 'TemplateDoesNotExist'),
  ];
}

export function sendingOfV1({ prefix, from, to }: Names, set: string): readonly Step[] {
  const composed = (Subject: string, more: object = {}) =>
    v1('SendEmail', {
      Source: from,
      Destination: { ToAddresses: [to], CcAddresses: [] },
      Message: { Subject: { Data: Subject }, Body: { Text: { Data: 'Hi' }, Html: { Data: '<p>Hi</p>' } } },
      Tags: [{ Name: 'campaign', Value: 'spring' }],
      ...more,
    });
  const raw = `From: ${from}\r\nTo: ${to}\r\nSubject: v1 raw ${prefix}\r\n\r\nGrüße + more\r\n`;
  return [
    {
      ...composed(`v1 composed ${prefix}`, { ConfigurationSetName: set }),
      answer: sent,
      arrives: `v1 composed ${prefix}`,
    },
    refused(composed('x', { ConfigurationSetName: 'absent' }), 'ConfigurationSetDoesNotExist'),
    refused(composed('x', { Source: 'a@unverified.test' }), 'MessageRejected'),
    v1('SendRawEmail', { RawMessage: { Data: bytes(raw) } }, { answer: sent, arrives: `v1 raw ${prefix}` }),
    refused(
      v1('SendRawEmail', { RawMessage: { Data: bytes(`To: ${to}\r\n\r\nx`) } }),
      'InvalidParameterValue',
    ),
  ];
}
