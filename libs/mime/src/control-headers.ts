// SES's control headers: read at the door, never passed on. Source: SES contract 4.7.
import type { MessageTags } from '@sealpost/mail';
import type { HeaderField } from './header-section.ts';

export interface ControlHeaders {
  readonly configurationSet?: string;
  /** Undefined when there is no X-SES-MESSAGE-TAGS. */
  readonly tags?: MessageTags;
}

/** The first instance of each wins. `invalid` carries SES's text. */
export function readControlHeaders(
  fields: readonly HeaderField[],
):
  | { readonly kind: 'control-headers'; readonly headers: ControlHeaders }
  | { readonly kind: 'invalid'; readonly reason: string } {
  const configurationSet = firstValue(fields, 'x-ses-configuration-set');
  const tagText = firstValue(fields, 'x-ses-message-tags');
  const parsed = tagText === undefined ? undefined : parseMessageTags(tagText);
  if (parsed?.kind === 'invalid') return parsed;
  return {
    kind: 'control-headers',
    headers: {
      ...(configurationSet === undefined ? {} : { configurationSet }),
      ...(parsed === undefined ? {} : { tags: parsed.tags }),
    },
  };
}

/** Fields that no receiver may see: every X-SES-… field, and Bcc (RFC 5322 §3.6.3). */
export function isTakenOut({ lowerName }: HeaderField): boolean {
  return lowerName.startsWith('x-ses-') || lowerName === 'bcc' || lowerName === 'resent-bcc';
}

function firstValue(fields: readonly HeaderField[], lowerName: string): string | undefined {
  return fields.find((field) => field.lowerName === lowerName)?.value;
}

/** `a=1, b=2`. */
function parseMessageTags(
  text: string,
):
  | { readonly kind: 'tags'; readonly tags: MessageTags }
  | { readonly kind: 'invalid'; readonly reason: string } {
  const entries: [string, readonly string[]][] = [];
  for (const item of text.split(',')) {
    if (item.trim() === '') continue;
    const equals = item.indexOf('=');
    const name = (equals < 0 ? item : item.slice(0, equals)).trim();
    const value = equals < 0 ? '' : item.slice(equals + 1).trim();
    const fault = messageTagFault(name, value);
    if (fault !== undefined) return { kind: 'invalid', reason: fault };
    entries.push([name, [value]]);
  }
  return { kind: 'tags', tags: Object.fromEntries(entries) };
}

/** SES's texts; the name is checked before the value (SES contract 1.3). */
export function messageTagFault(name: string, value: string): string | undefined {
  if (name === '') return 'The tag name must be specified.';
  if (value === '') return 'The tag value must be specified.';
  if (name.length > 255) return 'Tag name cannot exceed 255 characters.';
  if (value.length > 255) return 'Tag value cannot exceed 255 characters.';
  if (!/^[A-Za-z0-9_-]+$/.test(name)) {
    return `Invalid tag name <${name}>: only alphanumeric ASCII characters, '_',  '-' are allowed.`;
  }
  if (!/^[A-Za-z0-9_.@-]+$/.test(value)) {
    return `Invalid tag value <${value}>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed.`;
  }
  return undefined;
}
