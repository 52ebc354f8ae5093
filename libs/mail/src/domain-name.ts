// What counts as a domain in mail. Source: RFC 1035 §2.3.1, RFC 5321 §2.3.5 and §4.1.2, RFC 5890.
import { domainToASCII } from 'node:url';
import type { DomainName } from './identifiers.ts';
import { remembering } from './remembering.ts';

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Lower-case A-labels without the trailing dot, or undefined when the text is no domain name:
 * an empty label, a label over 63 octets, a name over 253, other characters than letters, digits,
 * hyphen and underscore, or an address in dotted form (RFC 5321 §4.1.3 wants those in brackets).
 */
export const parseDomainName = remembering(domainNameOf);

function domainNameOf(text: string): DomainName | undefined {
  if (text.length === 0 || text.length > 1000) return undefined;
  const ascii = /^[\x21-\x7e]+$/.test(text) ? text.toLowerCase() : domainToASCII(text);
  const name = ascii.endsWith('.') ? ascii.slice(0, -1) : ascii;
  if (name.length === 0 || name.length > 253) return undefined;
  const labels = name.split('.');
  if (!labels.every((label) => LABEL.test(label))) return undefined;
  return /^\d+$/.test(labels.at(-1) ?? '') ? undefined : (name as DomainName);
}
