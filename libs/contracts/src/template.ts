// Mail templates: our vocabulary ↔ protobuf, in the POLICY bucket and over gRPC.
import {
  Template as TemplateRecord,
  type TemplateContent as ContentRecord,
  type UpdateTemplateRequest,
} from './generated/policy/v1/template.ts';
import type { ResourceTag, TagChange } from './policy.ts';
import { toTagChangeCase } from './set-change.ts';

/** Parts that are not there are not rendered. */
export interface TemplateContent {
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
}

export interface Template {
  readonly name: string;
  readonly content: TemplateContent;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly tags: readonly ResourceTag[];
}

export type TemplateChange =
  | { readonly kind: 'content'; readonly value: TemplateContent }
  | { readonly kind: 'tags'; readonly value: TagChange };

export function encodeTemplate(template: Template): Uint8Array {
  return TemplateRecord.encode(toTemplateRecord(template)).finish();
}

/** Throws on bytes that are no record. */
export function decodeTemplate(bytes: Uint8Array): Template {
  const template = fromTemplateRecord(TemplateRecord.decode(bytes));
  if (template.name === '') throw new Error('a template without a name');
  return template;
}

export function toTemplateRecord({ name, content, createdAt, tags }: Template): TemplateRecord {
  return { name, content: toContentRecord(content), createdAtMs: createdAt, tags: [...tags] };
}

export function fromTemplateRecord({ name, content, createdAtMs, tags }: TemplateRecord): Template {
  return { name, content: fromContentRecord(content), createdAt: createdAtMs, tags };
}

type ChangeRecord = UpdateTemplateRequest['change'];

export function toTemplateChangeRecord(change: TemplateChange): NonNullable<ChangeRecord> {
  return change.kind === 'content'
    ? { $case: 'content', value: toContentRecord(change.value) }
    : toTagChangeCase(change.value);
}

/** Undefined for what this side does not know. */
export function fromTemplateChangeRecord(record: ChangeRecord): TemplateChange | undefined {
  if (record === undefined) return undefined;
  return record.$case === 'content'
    ? { kind: 'content', value: fromContentRecord(record.value) }
    : { kind: 'tags', value: record.value };
}

function toContentRecord({ subject, text, html }: TemplateContent): ContentRecord {
  return { subject, text, html };
}

function fromContentRecord(record: ContentRecord | undefined): TemplateContent {
  const { subject, text, html } = record ?? {};
  return {
    ...(subject === undefined ? {} : { subject }),
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
  };
}
