// What a template is. Its text is checked where it is understood, by who compiles it. Source: SES contract 7.
import {
  decodeTemplate,
  encodeTemplate,
  type Template,
  type TemplateChange,
  type TemplateContent,
} from '@sealpost/contracts';
import type { RecordKind } from '../record-store.ts';
import { changedTags, tagsFault } from '../resource-tags.ts';

export const templateRecords: RecordKind<Template> = {
  prefix: 'template.',
  nameOf: ({ name }) => name,
  encode: encodeTemplate,
  decode: decodeTemplate,
  // SES's newer limit.
  maxRecords: 20_000,
};

/** SES: 500 KB. */
const MAX_CHARACTERS = 500 * 1024;

/** 1 to 64 of letters, digits, `_` and `-`. */
export function isTemplateName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name);
}

export function changedTemplate(template: Template, change: TemplateChange): Template {
  return change.kind === 'content'
    ? { ...template, content: change.value }
    : { ...template, tags: changedTags(template.tags, change.value) };
}

/** SES's text for what is wrong with one, or undefined. */
export function templateFault({ content, tags }: Template): string | undefined {
  return contentFault(content) ?? tagsFault(tags);
}

function contentFault({ subject, text, html }: TemplateContent): string | undefined {
  if (subject === undefined || subject === '') return 'The subject must be specified.';
  if (text === undefined && html === undefined)
    return 'Either the text part or the HTML part must be specified.';
  const size = subject.length + (text?.length ?? 0) + (html?.length ?? 0);
  return size > MAX_CHARACTERS ? 'The template is larger than 500 KB.' : undefined;
}
