// Templates, as the API makes, changes and sends them.
import {
  fromTemplateRecord,
  toTemplateChangeRecord,
  toTemplateRecord,
  type Template,
  type TemplateChange,
  type TemplateContent,
  type ResourceTag,
  type TemplateServiceClient,
} from '@sealpost/contracts';
import { status } from '@grpc/grpc-js';
import { ask, invalidOr, isAbsent, UNAVAILABLE, type Invalid, type Unavailable } from './ask.ts';
import { openExpiringCache, type CacheClock } from './expiring-cache.ts';

interface Unknown {
  readonly kind: 'unknown';
}

export type TemplateResult =
  { readonly kind: 'template'; readonly template: Template } | Unknown | Unavailable;

export interface TemplatePlane {
  createTemplate(
    name: string,
    content: TemplateContent,
    tags?: readonly ResourceTag[],
  ): Promise<{ readonly kind: 'created' | 'exists' | 'limit' } | Invalid | Unavailable>;
  getTemplate(name: string): Promise<TemplateResult>;
  /** Kept until it changes: the same object each time, so that what is made from it can be kept with it. */
  templateToSend(name: string): Promise<TemplateResult>;
  updateTemplate(
    name: string,
    change: TemplateChange,
  ): Promise<{ readonly kind: 'updated' } | Unknown | Invalid | Unavailable>;
  deleteTemplate(name: string): Promise<{ readonly kind: 'deleted' } | Unknown | Unavailable>;
  listTemplates(page: { readonly pageSize: number; readonly afterName?: string }): Promise<
    | {
        readonly kind: 'page';
        readonly templates: readonly { readonly name: string; readonly createdAt: number }[];
        readonly hasMore: boolean;
      }
    | Unavailable
  >;
}

interface OpenTemplates {
  readonly plane: TemplatePlane;
  readonly forget: (name: string) => void;
}

const KEEP_MS = 60_000;
/** Of up to 500 KB each. */
const MAX_TEMPLATES = 200;

type TemplateRecord = Parameters<typeof fromTemplateRecord>[0];

export function openTemplates(client: TemplateServiceClient, clock: CacheClock): OpenTemplates {
  const cache = openExpiringCache<TemplateResult>(
    {
      keepMs: ({ kind }) => (kind === 'template' ? KEEP_MS : 0),
      isWorthOldAge: ({ kind }) => kind === 'template',
      isSilence: ({ kind }) => kind === 'unavailable',
      maxEntries: MAX_TEMPLATES,
    },
    clock,
  );
  const forget = (name: string) => {
    cache.forget(name);
  };
  const getTemplate = async (name: string): Promise<TemplateResult> => {
    const answer = await ask<TemplateRecord>((call) => client.getTemplate({ name }, ...call));
    if (answer.kind === 'response')
      return { kind: 'template', template: fromTemplateRecord(answer.response) };
    return isAbsent(answer.error) ? { kind: 'unknown' } : UNAVAILABLE;
  };
  const plane = {
    ...changes(client, forget),
    getTemplate,
    templateToSend: (name: string) => cache.get(name, () => getTemplate(name)),
  };
  return { plane, forget };
}

function changes(
  client: TemplateServiceClient,
  changed: (name: string) => void,
): Omit<TemplatePlane, 'getTemplate' | 'templateToSend'> {
  return {
    createTemplate: async (name, content, tags = []) => {
      const request = toTemplateRecord({ name, content, tags, createdAt: 0 });
      const answer = await ask((call) => client.createTemplate(request, ...call));
      changed(name);
      if (answer.kind === 'response') return { kind: 'created' };
      if (answer.error.code === status.ALREADY_EXISTS) return { kind: 'exists' };
      return answer.error.code === status.RESOURCE_EXHAUSTED ? { kind: 'limit' } : invalidOr(answer.error);
    },
    updateTemplate: async (name, change) => {
      const request = { name, change: toTemplateChangeRecord(change) };
      const answer = await ask((call) => client.updateTemplate(request, ...call));
      changed(name);
      if (answer.kind === 'response') return { kind: 'updated' };
      return answer.error.code === status.NOT_FOUND ? { kind: 'unknown' } : invalidOr(answer.error);
    },
    deleteTemplate: async (name) => {
      const answer = await ask((call) => client.deleteTemplate({ name }, ...call));
      changed(name);
      if (answer.kind === 'response') return { kind: 'deleted' };
      return isAbsent(answer.error) ? { kind: 'unknown' } : UNAVAILABLE;
    },
    listTemplates: async ({ pageSize, afterName }) => {
      const answer = await ask<{ templates: { name: string; createdAtMs: number }[]; hasMore: boolean }>(
        (call) => client.listTemplates({ pageSize, afterName: afterName ?? '' }, ...call),
      );
      if (answer.kind === 'error') return UNAVAILABLE;
      const { templates, hasMore } = answer.response;
      return {
        kind: 'page',
        templates: templates.map(({ name, createdAtMs }) => ({ name, createdAt: createdAtMs })),
        hasMore,
      };
    },
  };
}
