// What the header section of a submission says, and whether SES would take it. Source: SES contract 4.7, 4.8.
import {
  duplicateField,
  readControlHeaders,
  readHeaderSection,
  type ControlHeaders,
  type HeaderSection,
} from '@sealpost/mime';
import type { Refusal } from './submission.ts';

export type Section = Extract<HeaderSection, { kind: 'header-section' }>;

export interface Inspected {
  readonly kind: 'inspected';
  readonly section: Section;
  readonly control: ControlHeaders;
}

export interface Refused {
  readonly kind: 'refused';
  readonly refusal: Refusal;
}

/** `head` begins with the whole header section. */
export function inspect(head: Buffer): Inspected | Refused {
  const section = readHeaderSection(head);
  if (section.kind === 'invalid') return refused(section.reason);
  // RFC 5322 §3.6: From is the one field, beside Date, that every message has.
  if (!section.fields.some(({ lowerName }) => lowerName === 'from')) {
    return refused("Missing required header 'From'.");
  }
  const duplicate = duplicateField(section.fields);
  if (duplicate !== undefined) return refused(`Duplicate header '${duplicate}'.`);
  const control = readControlHeaders(section.fields);
  if (control.kind === 'invalid') return refused(control.reason);
  return { kind: 'inspected', section, control: control.headers };
}

/** Of content that we have written; anything else is a bug. */
export function ownSection(head: Buffer): Section {
  const section = readHeaderSection(head);
  if (section.kind === 'invalid') throw new Error(`our own header section is invalid: ${section.reason}`);
  return section;
}

/** In SES's words, without the ingress's frame. */
export function refused(message: string): Refused {
  return { kind: 'refused', refusal: { code: 'invalid-content', message } };
}
