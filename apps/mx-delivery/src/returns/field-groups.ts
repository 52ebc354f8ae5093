// The fields of a machine-readable part: groups of header-like lines with empty lines between them.
// Source: RFC 3464 §2.1, RFC 5965 §3.1. Read leniently: what is no field is passed over.

interface Field {
  readonly lowerName: string;
  /** Unfolded and trimmed. */
  readonly value: string;
}

/** Groups without a single field are none. */
export type FieldGroup = readonly Field[];

/** A message has at most 50 recipients; a report about it has no more than a few groups beside. */
const MAX_GROUPS = 200;
const MAX_FIELDS = 200;

export function readFieldGroups(body: Buffer): readonly FieldGroup[] {
  // The lines of a folded field are put together once, at the end.
  const groups: { readonly lowerName: string; readonly lines: string[] }[][] = [[]];
  for (const line of textOf(body).split(/\r?\n/)) {
    const group = groups.at(-1) ?? [];
    const colon = line.indexOf(':');
    if (line.trim() === '') {
      if (group.length > 0) groups.push([]);
      if (groups.length > MAX_GROUPS) break;
    } else if (/^[ \t]/.test(line)) {
      group.at(-1)?.lines.push(line.trim());
    } else if (colon > 0 && group.length < MAX_FIELDS) {
      const lowerName = line.slice(0, colon).trim().toLowerCase();
      group.push({ lowerName, lines: [line.slice(colon + 1).trim()] });
    }
  }
  return groups
    .filter((group) => group.length > 0)
    .map((group) => group.map(({ lowerName, lines }) => ({ lowerName, value: lines.join(' ').trim() })));
}

export function valueIn(group: FieldGroup | undefined, lowerName: string): string | undefined {
  const value = group?.find((field) => field.lowerName === lowerName)?.value;
  return value === '' ? undefined : value;
}

/** UTF-8 where it is valid, Latin-1 otherwise. */
export function textOf(bytes: Buffer): string {
  const utf8 = bytes.toString('utf8');
  return utf8.includes('\ufffd') ? bytes.toString('latin1') : utf8;
}
