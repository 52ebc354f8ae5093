// UpdateTemplate (v1) and UpdateEmailTemplate (v2): the whole content is replaced.
import type { TemplateContent } from '@sealpost/contracts';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { required, structure, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import {
  fromV1Template,
  fromV2Content,
  templateDoesNotExist,
  v1TemplateShape,
  v2ContentShape,
} from './templates.ts';

export const updateTemplate = queryOperation({
  name: 'UpdateTemplate',
  input: { Template: required(structure(v1TemplateShape)) },
  errors: ['template-does-not-exist', 'invalid-template'],
  run: async ({ Template }, context) => {
    await update(Template.TemplateName, fromV1Template(Template), context);
    return {};
  },
});

export const updateEmailTemplate = restOperation({
  name: 'UpdateEmailTemplate',
  routes: ['PUT /v2/email/templates/{TemplateName}'],
  input: { TemplateName: required(text()), TemplateContent: required(structure(v2ContentShape)) },
  errors: ['template-does-not-exist'],
  run: async ({ TemplateName, TemplateContent }, context) => {
    await update(TemplateName, fromV2Content(TemplateContent), context);
    return {};
  },
});

async function update(name: string, value: TemplateContent, { policies }: ActionContext): Promise<void> {
  const result = await policies.updateTemplate(name, { kind: 'content', value });
  switch (result.kind) {
    case 'updated':
      return;
    case 'unknown':
      throw templateDoesNotExist(name);
    case 'invalid':
      throw new ApiFault('invalid-template', result.message);
    case 'unavailable':
      throw new ApiFault('unavailable', UNAVAILABLE);
  }
}
