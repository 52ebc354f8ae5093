// TestRenderTemplate (v1) and TestRenderEmailTemplate (v2): the message that the template gives, without sending it.
import { compileTemplate, parseTemplateData } from '@sealpost/templates';
import type { ActionContext } from '../action-context.ts';
import { ApiFault } from '../api-fault.ts';
import { longText, required, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { composeText } from '../send/compose-message.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { findTemplate } from './templates.ts';

/** SES contract 1.5; what is longer is told by the parser. */
const templateData = required(longText());

export const testRenderTemplate = queryOperation({
  name: 'TestRenderTemplate',
  input: { TemplateName: required(text()), TemplateData: templateData },
  errors: ['template-does-not-exist', 'invalid-rendering-parameter', 'missing-rendering-attribute'],
  run: async ({ TemplateName, TemplateData }, context) => ({
    RenderedTemplate: await renderedMessage(TemplateName, TemplateData, context),
  }),
});

export const testRenderEmailTemplate = restOperation({
  name: 'TestRenderEmailTemplate',
  routes: ['POST /v2/email/templates/{TemplateName}/render'],
  input: { TemplateName: required(text()), TemplateData: templateData },
  errors: ['template-does-not-exist'],
  run: async ({ TemplateName, TemplateData }, context) => ({
    RenderedTemplate: await renderedMessage(TemplateName, TemplateData, context),
  }),
});

async function renderedMessage(name: string, json: string, context: ActionContext): Promise<string> {
  const { content } = await findTemplate(name, context);
  const parsed = parseTemplateData(json);
  if (parsed.kind === 'invalid') throw new ApiFault('invalid-rendering-parameter', parsed.message);
  const compiled = compileTemplate(content);
  if (compiled.kind === 'invalid') throw new ApiFault('invalid-rendering-parameter', compiled.message);
  const rendered = compiled.template.render(parsed.data);
  switch (rendered.kind) {
    case 'missing-attribute':
      throw new ApiFault('missing-rendering-attribute', rendered.message, { TemplateName: name });
    case 'failed':
      throw new ApiFault('invalid-rendering-parameter', rendered.message, { TemplateName: name });
    case 'rendered':
  }
  const { subject = '', text: plain, html } = rendered.content;
  return composeText({
    from: '',
    to: [],
    cc: [],
    replyTo: [],
    subject,
    ...withoutUndefined({ text: plain, html }),
    headers: [{ name: 'Date', value: new Date().toUTCString().replace('GMT', '+0000') }],
    attachments: [],
  });
}
