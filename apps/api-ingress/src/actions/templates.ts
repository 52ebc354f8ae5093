// What the template operations share: parts in the two spellings, checks, and the faults. Source: SES contract 1.4, 2.2.
import type { Template, TemplateContent } from '@sealpost/contracts';
import { compileTemplate } from '@sealpost/templates';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { longText, required, text, type InputOf } from '../input/members.ts';
import { withoutUndefined } from '../without-undefined.ts';

export const v1TemplateShape = {
  TemplateName: required(text()),
  SubjectPart: longText(),
  TextPart: longText(),
  HtmlPart: longText(),
};
export const v2ContentShape = { Subject: longText(), Text: longText(), Html: longText() };

export function fromV1Template(input: InputOf<typeof v1TemplateShape>): TemplateContent {
  return checkedContent(
    withoutUndefined({ subject: input.SubjectPart, text: input.TextPart, html: input.HtmlPart }),
  );
}

export function fromV2Content(input: InputOf<typeof v2ContentShape>): TemplateContent {
  return checkedContent(withoutUndefined({ subject: input.Subject, text: input.Text, html: input.Html }));
}

/** Compiled to be sure that it can be; throws ApiFault. */
function checkedContent(content: TemplateContent): TemplateContent {
  const compiled = compileTemplate(content);
  if (compiled.kind === 'invalid') throw new ApiFault('invalid-template', compiled.message);
  return content;
}

/** Throws ApiFault. */
export async function findTemplate(name: string, { policies }: ActionContext): Promise<Template> {
  const result = await policies.getTemplate(name);
  if (result.kind === 'template') return result.template;
  throw result.kind === 'unknown' ? templateDoesNotExist(name) : new ApiFault('unavailable', UNAVAILABLE);
}

export function templateDoesNotExist(TemplateName: string): ApiFault {
  return new ApiFault('template-does-not-exist', `Template ${TemplateName} does not exist.`, {
    TemplateName,
  });
}
