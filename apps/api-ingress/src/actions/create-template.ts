// CreateTemplate (v1) and CreateEmailTemplate (v2).
import type { TemplateContent } from '@sealpost/contracts';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { required, structure, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { resourceTags, tagList } from './resource-tags.ts';
import { fromV1Template, fromV2Content, v1TemplateShape, v2ContentShape } from './templates.ts';

export const createTemplate = queryOperation({
  name: 'CreateTemplate',
  input: { Template: required(structure(v1TemplateShape)) },
  errors: ['already-exists', 'invalid-template', 'limit'],
  run: async ({ Template }, context) => {
    await create({ name: Template.TemplateName, content: fromV1Template(Template), tags: [] }, context);
    return {};
  },
});

export const createEmailTemplate = restOperation({
  name: 'CreateEmailTemplate',
  routes: ['POST /v2/email/templates'],
  input: {
    TemplateName: required(text({ min: 1 })),
    TemplateContent: required(structure(v2ContentShape)),
    Tags: tagList,
  },
  errors: ['already-exists', 'limit'],
  run: async ({ TemplateName, TemplateContent, Tags }, context) => {
    const content = fromV2Content(TemplateContent);
    await create({ name: TemplateName, content, tags: resourceTags(Tags) }, context);
    return {};
  },
});

interface NewTemplate {
  readonly name: string;
  readonly content: TemplateContent;
  readonly tags: ReturnType<typeof resourceTags>;
}

async function create({ name, content, tags }: NewTemplate, { policies }: ActionContext): Promise<void> {
  const result = await policies.createTemplate(name, content, tags);
  switch (result.kind) {
    case 'created':
      return;
    case 'exists':
      throw new ApiFault('already-exists', `Template ${name} already exists.`, { Name: name });
    case 'limit':
      throw new ApiFault('limit', 'Template limit exceeded.');
    case 'invalid':
      throw new ApiFault('invalid-template', result.message);
    case 'unavailable':
      throw new ApiFault('unavailable', UNAVAILABLE);
  }
}
