// A mailbox as it stands in an envelope. Source: RFC 5321 §4.1.2, lengths of §4.5.3.1.
import { parseDomainName } from './domain-name.ts';
import type { DomainName } from './identifiers.ts';

/** `text` is what goes on the wire: the local part as given, the domain in A-labels. */
export interface Mailbox {
  readonly text: string;
  readonly localPart: string;
  readonly domain: DomainName;
}

/** SES's words for what is wrong with an address (its answers carry them verbatim). */
export type AddressFault =
  | "Missing final '@domain'"
  | 'Missing domain'
  | 'Domain contains illegal character'
  | 'Domain contains control or whitespace'
  | 'Local address contains control or whitespace'
  | 'Local address contains illegal character'
  | 'Illegal address';

export type ParsedMailbox =
  | { readonly kind: 'mailbox'; readonly mailbox: Mailbox }
  | { readonly kind: 'invalid'; readonly fault: AddressFault };

const ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+$/;
const QUOTED = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"$/;
// RFC 5321 §4.5.3.1.1 and §4.5.3.1.3: local part 64 octets, path 256 with its brackets.
const LOCAL_PART_LIMIT = 64;
const PATH_LIMIT = 254;

/**
 * `local@domain` without angle brackets; address literals are refused, mail goes to domains. A local part beyond
 * ASCII (RFC 6531 §3.3) is a mailbox for `utf8` only.
 */
export function parseMailbox(text: string, repertoire: 'ascii' | 'utf8' = 'ascii'): ParsedMailbox {
  const at = text.lastIndexOf('@');
  if (at < 0) return invalid("Missing final '@domain'");
  const localPart = text.slice(0, at);
  const domainText = text.slice(at + 1);
  if (domainText.length === 0) return invalid('Missing domain');
  const fault = localPartFault(repertoire === 'ascii' ? localPart : asciiLike(localPart));
  if (fault !== undefined) return invalid(fault);
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\x00-\x20\x7f]/.test(domainText)) return invalid('Domain contains control or whitespace');
  const domain = parseDomainName(domainText);
  if (domain === undefined) return invalid('Domain contains illegal character');
  const mailbox = { text: `${localPart}@${domain}`, localPart, domain };
  return Buffer.byteLength(mailbox.text) > PATH_LIMIT
    ? invalid('Illegal address')
    : { kind: 'mailbox', mailbox };
}

/** RFC 6531 §3.3: characters beyond ASCII may stand wherever letters may. Octets stay as many. */
function asciiLike(localPart: string): string {
  if (!/[\u0080-\uffff]/.test(localPart)) return localPart;
  return localPart.replace(/[\u0080-\u{10ffff}]/gu, (character) => 'x'.repeat(Buffer.byteLength(character)));
}

function localPartFault(localPart: string): AddressFault | undefined {
  if (localPart.length === 0 || Buffer.byteLength(localPart) > LOCAL_PART_LIMIT) return 'Illegal address';
  if (ATOM.test(localPart) || QUOTED.test(localPart)) return undefined;
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return /[\x00-\x20\x7f]/.test(localPart)
    ? 'Local address contains control or whitespace'
    : 'Local address contains illegal character';
}

function invalid(fault: AddressFault): ParsedMailbox {
  return { kind: 'invalid', fault };
}
