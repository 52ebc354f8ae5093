// Reads an entity and its direct parts, with their bodies decoded: for reports, which are read by machines. What is
// passed on stays as it is (T13); nothing of this is ever written back. Source: RFC 2045 §5 and §6, RFC 2046 §5.1.
import { readHeaderSection, type HeaderField } from './header-section.ts';
import { readParameters, valuesOf } from './parameters.ts';

export interface Entity {
  readonly fields: readonly HeaderField[];
  /** Lower case, `text/plain` when there is none (RFC 2045 §5.2). */
  readonly type: string;
  /** As it stands, transfer encoding included. */
  readonly body: Buffer;
}

/** `content` has CRLF line ends and may be cut off anywhere. Undefined when its header section can't be read. */
export function readEntity(content: Buffer): Entity | undefined {
  const section = readHeaderSection(content);
  if (section.kind === 'invalid') return undefined;
  const { fields, bodyStart } = section;
  const type = /^[^\s;(]+/.exec(fieldOf(fields, 'content-type') ?? '')?.[0].toLowerCase();
  return { fields, type: type ?? 'text/plain', body: content.subarray(bodyStart) };
}

/** The first of this name, unfolded. */
export function fieldOf(fields: readonly HeaderField[], lowerName: string): string | undefined {
  return fields.find((field) => field.lowerName === lowerName)?.value;
}

/** Of the Content-Type, e.g. `report-type`. */
export function parameterOf({ fields }: Entity, name: string): string | undefined {
  return valuesOf(readParameters(fieldOf(fields, 'content-type') ?? ''), name)[0];
}

/** Reports have three parts; more than a few are none. */
const MAX_PARTS = 20;

/** Direct parts of a multipart, in order; the last one may be cut off. None of anything else. */
export function partsOf(entity: Entity): readonly Entity[] {
  const boundary = entity.type.startsWith('multipart/') ? parameterOf(entity, 'boundary')?.trimEnd() : '';
  if (boundary === undefined || boundary === '') return [];
  const parts: Entity[] = [];
  let start: number | undefined;
  for (const line of delimiterLines(entity.body, boundary)) {
    const part = start === undefined ? undefined : readEntity(entity.body.subarray(start, line.start));
    if (part !== undefined) parts.push(part);
    start = line.end;
    if (line.isClosing || parts.length >= MAX_PARTS) return parts;
  }
  const last = start === undefined ? undefined : readEntity(entity.body.subarray(start));
  return last === undefined ? parts : [...parts, last];
}

interface DelimiterLine {
  /** Of the CRLF before it, which belongs to it (RFC 2046 §5.1.1). */
  readonly start: number;
  readonly end: number;
  readonly isClosing: boolean;
}

function* delimiterLines(body: Buffer, boundary: string): Generator<DelimiterLine> {
  const dashes = Buffer.from(`--${boundary}`, 'latin1');
  for (let at = body.indexOf(dashes); at >= 0; at = body.indexOf(dashes, at + dashes.length)) {
    if (at !== 0 && body[at - 1] !== LF) continue;
    const behind = at + dashes.length;
    const newline = body.indexOf('\r\n', behind);
    const end = newline < 0 ? body.length : newline + 2;
    const rest = body.toString('latin1', behind, Math.min(end, behind + MAX_REST)).trimEnd();
    if (rest !== '' && rest !== '--') continue;
    yield { start: Math.max(0, at - 2), end, isClosing: rest === '--' };
  }
}

const LF = 0x0a;
/** Two dashes and blanks; what is longer is another line. */
const MAX_REST = 100;

/** RFC 2045 §6: without its transfer encoding; what is not well-formed is left out or left as it is. */
export function decodedBody({ fields, body }: Entity): Buffer {
  switch (fieldOf(fields, 'content-transfer-encoding')?.trim().toLowerCase()) {
    case 'base64':
      return Buffer.from(body.toString('latin1'), 'base64');
    case 'quoted-printable':
      return fromQuotedPrintable(body.toString('latin1'));
    default:
      return body;
  }
}

function fromQuotedPrintable(text: string): Buffer {
  const plain = text
    .replace(/=[ \t]{0,10}\r\n/g, '')
    .replace(/=([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(plain, 'latin1');
}
