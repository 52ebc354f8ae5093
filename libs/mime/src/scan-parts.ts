// Whether the MIME structure of a message is taken: names of attachments, number and depth of parts, size of their
// headers. Source: SES contract 7 (blocked extensions) and 8 (what stays as it is), faults 4.1 row 29 (limits),
// RFC 2046 §5. Only header sections are read; nothing is changed, re-encoded or kept (T12, T13), and what is inside
// application/pkcs7-mime, encrypted data and other leaves is not looked at.
// not followed: what SES refuses and every mail reader shows (SES contract 8.3) passes: an odd or empty
// Content-Disposition, no boundary parameter, multiparts that are never closed, boundaries that begin alike,
// delimiter lines with trailing blanks, parameters without quotes.
import { illegalFileName, SES_BLOCKED_EXTENSIONS } from './blocked-extensions.ts';
import { MAX_FIELDS, MAX_SECTION_BYTES } from './header-section.ts';
import { createLineCutter, type Wanted } from './line-cutter.ts';
import { readPartHeader, STRUCTURE_FIELDS, type PartBody } from './part-header.ts';

export interface PartFault {
  readonly kind: 'illegal-file-name' | 'too-many-parts' | 'too-deep' | 'header-too-large';
  /** In SES's words where it has some; printable ASCII, one line. */
  readonly reason: string;
}

export interface PartScanner {
  /** The next bytes of the content, cut anywhere; header section first. The first fault found stays the answer. */
  push(chunk: Buffer): PartFault | undefined;
  /** The content has ended. */
  finish(): PartFault | undefined;
}

/** Faults 4.1 row 29. */
const MAX_PARTS = 1000;
const MAX_DEPTH = 50;
/** RFC 5322 §2.1.1: 998 and the line end; a delimiter line is never longer. */
const MAX_DELIMITER_BYTES = 1000;

const BLANK = 0x20;
const DASH = 0x2d;
const COLON = 0x3a;
const UPPER_C = 0x43;
const LOWER_C = 0x63;
const DELETE = 0x7f;

interface Container {
  readonly boundary: string;
  readonly isDigest: boolean;
  /** 1 for the message itself. */
  readonly depth: number;
}

interface Delimiter {
  /** Index in the list of open multiparts. */
  readonly index: number;
  readonly isClosing: boolean;
}

interface Section {
  sizeBytes: number;
  fieldCount: number;
  /** The last field line was one of these. */
  current: { readonly lowerName: string; value: string } | undefined;
  readonly fields: { readonly lowerName: string; value: string }[];
}

interface Scan {
  readonly blocked: ReadonlySet<string>;
  fault: PartFault | undefined;
  /** Open multiparts, outermost first. */
  open: Container[];
  /** What stands behind "--" on the lines that open a part or close a multipart. */
  delimiters: Map<string, Delimiter>;
  partCount: number;
  /** How many multiparts and messages the current entity is in. */
  depth: number;
  section: Section;
}

/** `blockedExtensions`: lower case, with the dot, without a second one. Holds at most some hundred KiB. */
export function createPartScanner(
  blockedExtensions: readonly string[] = SES_BLOCKED_EXTENSIONS,
): PartScanner {
  const scan: Scan = {
    blocked: setOf(blockedExtensions),
    fault: undefined,
    open: [],
    delimiters: new Map(),
    partCount: 0,
    depth: 0,
    section: newSection(),
  };
  const cutter = createLineCutter(
    {
      headerLine: (line) => readHeaderLine(scan, line),
      dashedLine: (line) => readDashedLine(scan, line),
    },
    { headerLineBytes: MAX_SECTION_BYTES, dashedLineBytes: MAX_DELIMITER_BYTES },
  );
  return {
    push: (chunk) => {
      cutter.push(chunk);
      return scan.fault;
    },
    finish: () => {
      cutter.finish();
      // A header section without a body.
      if (scan.fault === undefined && scan.section.fields.length > 0) endSection(scan);
      return scan.fault;
    },
  };
}

/** A list is that of a service: its set is made once, not for each message. */
const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

function setOf(list: readonly string[]): ReadonlySet<string> {
  const set = sets.get(list) ?? new Set(list);
  sets.set(list, set);
  return set;
}

function newSection(): Section {
  return { sizeBytes: 0, fieldCount: 0, current: undefined, fields: [] };
}

function readHeaderLine(scan: Scan, line: Buffer): Wanted {
  const { section } = scan;
  if (line.length === 0) return endSection(scan);
  section.sizeBytes += line.length + 2;
  if (section.sizeBytes > MAX_SECTION_BYTES) {
    return refuse(scan, 'header-too-large', `Header section is longer than ${MAX_SECTION_BYTES} bytes`);
  }
  if (isOtherField(line)) return countField(scan);
  const text = line.toString('latin1');
  if (text.startsWith(' ') || text.startsWith('\t')) {
    if (section.current !== undefined) section.current.value += text;
    return 'every-line';
  }
  const name = delimiterIn(scan, text) === undefined ? /^([!-9;-~]+)[ \t]*:/.exec(text) : null;
  return name === null ? readOddLine(scan, text) : readFieldLine(scan, text, name);
}

/** A field that tells nothing about structure, as most do: nothing is made of it. */
function isOtherField(line: Buffer): boolean {
  if (line[0] === DASH || line[0] === UPPER_C || line[0] === LOWER_C) return false;
  let at = 0;
  while (isOfName(line[at])) at += 1;
  return at > 0 && line[at] === COLON;
}

/** RFC 5322 §3.6.8. */
function isOfName(byte = BLANK): boolean {
  return byte > BLANK && byte < DELETE && byte !== COLON;
}

/** A line of a header section that is no field. */
function readOddLine(scan: Scan, text: string): Wanted {
  // RFC 4155: what was once in a mailbox file begins with "From ".
  if (scan.section.fieldCount === 0 && /^>?From /.test(text)) return 'every-line';
  // The empty line is missing. A delimiter ends the part, other text is its body.
  const wanted = endSection(scan);
  const delimiter = delimiterIn(scan, text);
  return delimiter === undefined || scan.fault !== undefined ? wanted : passDelimiter(scan, delimiter);
}

function readFieldLine(scan: Scan, text: string, name: RegExpExecArray): Wanted {
  const wanted = countField(scan);
  const lowerName = name[1]?.toLowerCase() ?? '';
  if (STRUCTURE_FIELDS.has(lowerName)) {
    const { section } = scan;
    section.current = { lowerName, value: text.slice(name[0].length) };
    section.fields.push(section.current);
  }
  return wanted;
}

/** A field begins, and the one before it is over. */
function countField(scan: Scan): Wanted {
  const { section } = scan;
  section.fieldCount += 1;
  section.current = undefined;
  return section.fieldCount > MAX_FIELDS
    ? refuse(scan, 'header-too-large', `More than ${MAX_FIELDS} header fields`)
    : 'every-line';
}

function endSection(scan: Scan): Wanted {
  const { body, fileNames } = readPartHeader(scan.section.fields, isInDigest(scan));
  scan.section = newSection();
  for (const written of fileNames) {
    const name = illegalFileName(written, scan.blocked);
    if (name !== undefined) return refuse(scan, 'illegal-file-name', `Illegal filename '${name}'.`);
  }
  return enterBody(scan, body);
}

/** Whether the entity is a direct child of multipart/digest. */
function isInDigest(scan: Scan): boolean {
  const container = scan.open.at(-1);
  return container?.isDigest === true && container.depth === scan.depth;
}

function enterBody(scan: Scan, body: PartBody): Wanted {
  switch (body.kind) {
    case 'opaque':
      return scan.open.length === 0 ? 'nothing' : 'dashed-lines';
    case 'message':
      return beginPart(scan, scan.depth + 1);
    case 'multipart':
      if (scan.depth >= MAX_DEPTH) return tooDeep(scan);
      scan.open.push({ boundary: body.boundary, isDigest: body.isDigest, depth: scan.depth + 1 });
      scan.delimiters = delimitersOf(scan.open);
      return 'dashed-lines';
  }
}

function beginPart(scan: Scan, depth: number): Wanted {
  scan.partCount += 1;
  if (scan.partCount > MAX_PARTS) return refuse(scan, 'too-many-parts', `More than ${MAX_PARTS} MIME parts`);
  if (depth > MAX_DEPTH) return tooDeep(scan);
  scan.depth = depth;
  return 'every-line';
}

function tooDeep(scan: Scan): Wanted {
  return refuse(scan, 'too-deep', `MIME parts are nested deeper than ${MAX_DEPTH}`);
}

function readDashedLine(scan: Scan, line: Buffer): Wanted {
  const delimiter = scan.delimiters.get(line.toString('latin1').trimEnd());
  return delimiter === undefined ? 'dashed-lines' : passDelimiter(scan, delimiter);
}

/** RFC 2046 §5.1.1: blanks at the end of the line do not count. */
function delimiterIn(scan: Scan, line: string): Delimiter | undefined {
  return line.startsWith('--') ? scan.delimiters.get(line.slice(2).trimEnd()) : undefined;
}

function passDelimiter(scan: Scan, { index, isClosing }: Delimiter): Wanted {
  const depth = scan.open[index]?.depth ?? 0;
  const openCount = isClosing ? index : index + 1;
  // An outer delimiter ends every multipart in it that was not closed.
  if (scan.open.length > openCount) {
    scan.open.length = openCount;
    scan.delimiters = delimitersOf(scan.open);
  }
  if (!isClosing) return beginPart(scan, depth);
  return openCount === 0 ? 'nothing' : 'dashed-lines';
}

/** Whole lines are compared, so boundaries may begin alike; the innermost wins where two are equal. */
function delimitersOf(open: readonly Container[]): Map<string, Delimiter> {
  return new Map(
    open.flatMap(({ boundary }, index): [string, Delimiter][] => [
      [boundary, { index, isClosing: false }],
      [`${boundary}--`, { index, isClosing: true }],
    ]),
  );
}

function refuse(scan: Scan, kind: PartFault['kind'], reason: string): Wanted {
  scan.fault = { kind, reason };
  return 'nothing';
}
