// The parameters of a Query call: flat names with dots and numbers → texts, lists, structures.
// Source: SES contract 1.1.
import { ApiFault } from '../api-fault.ts';

export interface QueryParameters {
  /** Undefined when it is not there or empty. */
  text(name: string): string | undefined;
  /** Throws ApiFault when it is not there; `path` is the name in SES's text, e.g. `message.subject`. */
  required(name: string, path: string): string;
  /** `Name.member.1`, `Name.member.2`, …; a bare empty `Name=` is an empty list (trap 19). */
  list(name: string): readonly string[];
  /** Parameters below `Name.member.N.`, in order. */
  structures(name: string): readonly QueryParameters[];
  has(name: string): boolean;
}

/** Faults 4.2 row 43: more parameters than any call needs. */
const MAX_PARAMETERS = 5000;

/** Form or query text. Throws ApiFault when it can't be parsed. */
export function parseQuery(text: string): QueryParameters {
  const pairs = new URLSearchParams(text);
  const values = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (values.size >= MAX_PARAMETERS) throw new ApiFault('malformed-query', 'Too many parameters.');
    if (!values.has(name)) values.set(name, value);
  }
  return parametersBelow(values, '');
}

function parametersBelow(values: ReadonlyMap<string, string>, prefix: string): QueryParameters {
  const text = (name: string) => {
    const value = values.get(prefix + name);
    return value === '' ? undefined : value;
  };
  return {
    text,
    required: (name, path) => {
      const value = text(name);
      if (value === undefined) throw missing(path);
      return value;
    },
    list: (name) => {
      const items: string[] = [];
      for (let index = 1; ; index += 1) {
        const value = values.get(`${prefix}${name}.member.${index}`);
        if (value === undefined) return items;
        items.push(value);
      }
    },
    structures: (name) => {
      const below: QueryParameters[] = [];
      for (let index = 1; ; index += 1) {
        const inner = `${prefix}${name}.member.${index}.`;
        if (![...values.keys()].some((key) => key.startsWith(inner))) return below;
        below.push(parametersBelow(values, inner));
      }
    },
    has: (name) =>
      [...values.keys()].some((key) => key === prefix + name || key.startsWith(`${prefix}${name}.`)),
  };
}

export function missing(path: string): ApiFault {
  return new ApiFault(
    'validation',
    `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  );
}
