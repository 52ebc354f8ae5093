// GetTemplate (v1) and GetEmailTemplate (v2).
import { required, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { shownTags } from './resource-tags.ts';
import { findTemplate } from './templates.ts';

export const getTemplate = queryOperation({
  name: 'GetTemplate',
  input: { TemplateName: required(text()) },
  errors: ['template-does-not-exist'],
  run: async ({ TemplateName }, context) => {
    const { name, content } = await findTemplate(TemplateName, context);
    return {
      Template: {
        TemplateName: name,
        SubjectPart: content.subject,
        TextPart: content.text,
        HtmlPart: content.html,
      },
    };
  },
});

export const getEmailTemplate = restOperation({
  name: 'GetEmailTemplate',
  routes: ['GET /v2/email/templates/{TemplateName}'],
  input: { TemplateName: required(text()) },
  errors: ['template-does-not-exist'],
  run: async ({ TemplateName }, context) => {
    const { name, content, tags } = await findTemplate(TemplateName, context);
    return {
      TemplateName: name,
      TemplateContent: { Subject: content.subject, Text: content.text, Html: content.html },
      Tags: shownTags(tags),
    };
  },
});
