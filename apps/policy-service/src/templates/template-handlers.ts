// gRPC in front of templates: requests are checked here once. Source: faults 4.3.
import {
  fromTemplateChangeRecord,
  fromTemplateRecord,
  toTemplateRecord,
  type Template,
  type TemplateServiceServer,
} from '@sealpost/contracts';
import type { Logger } from '@sealpost/runtime';
import { status } from '@grpc/grpc-js';
import { pageLimit, Refused, unary } from '../grpc-answers.ts';
import type { RecordStore } from '../record-store.ts';
import { changedTemplate, isTemplateName, templateFault } from './template-rules.ts';

export interface TemplateHandlerDeps {
  readonly templates: RecordStore<Template>;
  readonly now: () => number;
  readonly logger: Logger;
}

export function templateHandlers({ templates, now, logger }: TemplateHandlerDeps): TemplateServiceServer {
  return {
    createTemplate: unary(logger, async (request) => {
      checkedName(request.name);
      const template = checked({ ...fromTemplateRecord(request), createdAt: now() });
      const created = await templates.create(template);
      if (created === 'exists') throw new Refused(status.ALREADY_EXISTS, 'There is such a template.');
      if (created === 'limit') throw new Refused(status.RESOURCE_EXHAUSTED, 'Too many templates.');
      return toTemplateRecord(template);
    }),
    getTemplate: unary(logger, async ({ name }) => recordOf(await templates.get(checkedName(name)))),
    updateTemplate: unary(logger, async ({ name, change }) => {
      const requested = fromTemplateChangeRecord(change);
      if (requested === undefined) throw new Refused(status.INVALID_ARGUMENT, 'Unknown change.');
      return recordOf(
        await templates.change(checkedName(name), (stored) => checked(changedTemplate(stored, requested))),
      );
    }),
    deleteTemplate: unary(logger, async ({ name }) => {
      if ((await templates.delete(checkedName(name))) === 'absent') throw absent();
      return {};
    }),
    listTemplates: unary(logger, async ({ pageSize, afterName }) => {
      const { names, hasMore } = await templates.list(afterName, pageLimit(pageSize));
      const page = await Promise.all(names.map((name) => templates.get(name)));
      const there = page.filter((template) => template !== undefined);
      return {
        templates: there.map(({ name, createdAt }) => ({ name, createdAtMs: createdAt })),
        hasMore,
      };
    }),
  };
}

function checkedName(name: string): string {
  if (!isTemplateName(name)) throw new Refused(status.INVALID_ARGUMENT, 'Invalid template name.');
  return name;
}

function checked(template: Template): Template {
  const fault = templateFault(template);
  if (fault !== undefined) throw new Refused(status.INVALID_ARGUMENT, fault);
  return template;
}

function recordOf(template: Template | undefined): ReturnType<typeof toTemplateRecord> {
  if (template === undefined) throw absent();
  return toTemplateRecord(template);
}

function absent(): Refused {
  return new Refused(status.NOT_FOUND, 'There is no such template.');
}
