// Answers of the Query protocol. All text goes through one escape. Source: SES contract 1.2, 1.3.
import { v1Fault, type ApiFault } from '../api-fault.ts';

/**
 * An array is a list of `<member>`, a map becomes `<entry>`s of `<key>` and `<value>` (trap 16), a Date ISO 8601
 * (trap 17). Undefined is left out; an object's order is the order on the wire.
 */
export type XmlValue =
  | string
  | number
  | boolean
  | Date
  | readonly XmlValue[]
  | ReadonlyMap<string, XmlValue>
  | { readonly [name: string]: XmlValue | undefined };

const NAMESPACE = 'http://ses.amazonaws.com/doc/2010-12-01/';

/** `result` undefined: the operation has no result element at all (trap 18). */
export function renderResponse(
  operation: string,
  result: XmlValue | undefined,
  requestId: string,
  namespace = NAMESPACE,
): string {
  const inner = result === undefined ? '' : element(`${operation}Result`, result);
  const metadata = element('ResponseMetadata', { RequestId: requestId });
  return `<${operation}Response xmlns="${namespace}">${inner}${metadata}</${operation}Response>\n`;
}

export function renderError(fault: ApiFault, requestId: string): string {
  const { code, status } = v1Fault(fault.code);
  const Type = status >= 500 ? 'Receiver' : 'Sender';
  return renderFault({ Type, Code: code, Message: fault.message, ...fault.members }, requestId);
}

export function renderFault(error: XmlValue, requestId: string, namespace = NAMESPACE): string {
  const inner = element('Error', error) + element('RequestId', requestId);
  return `<ErrorResponse xmlns="${namespace}">${inner}</ErrorResponse>\n`;
}

function element(name: string, value: XmlValue): string {
  const inner = content(value);
  return inner === '' ? `<${name}/>` : `<${name}>${inner}</${name}>`;
}

function content(value: XmlValue): string {
  if (typeof value === 'string') return escapeXml(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return value.toISOString();
  if (isList(value)) return value.map((item) => element('member', item)).join('');
  if (isMap(value)) return [...value].map(([key, each]) => element('entry', { key, value: each })).join('');
  return Object.entries(value)
    .map(([name, member]) => (member === undefined ? '' : element(name, member)))
    .join('');
}

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value);
}

function isMap(value: XmlValue): value is ReadonlyMap<string, XmlValue> {
  return value instanceof Map;
}

/** SES: quotas are doubles (`200.0`), counters are not. */
export function double(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** XML 1.0 has no place for most control characters: they become U+FFFD. */
function escapeXml(text: string): string {
  return (
    text
      .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
      // eslint-disable-next-line no-control-regex -- control characters are what is looked for
      .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
  );
}
