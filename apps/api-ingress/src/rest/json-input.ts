// The JSON body of a v2 call, read member by member; types as SES checks them. Source: SES contract 2.1.
import { ApiFault } from '../api-fault.ts';

export interface JsonInput {
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  object(name: string): JsonInput | undefined;
  texts(name: string): readonly string[];
  objects(name: string): readonly JsonInput[];
}

/** An empty body is an empty object. Throws ApiFault. */
export function parseJson(body: Buffer): JsonInput {
  if (body.length === 0) return inputOf({});
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new ApiFault('serialization', 'The request body is not valid JSON.');
  }
  return inputOf(value);
}

function inputOf(value: unknown): JsonInput {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiFault('serialization', `${kindOf(value)} can not be converted to an Object`);
  }
  const members: object = value;
  // Own members only: `__proto__` and its like are data here.
  const member = (name: string): unknown => {
    const found: unknown = Object.hasOwn(members, name) ? Reflect.get(members, name) : undefined;
    return found ?? undefined;
  };
  const list = (name: string): readonly unknown[] => {
    const found = member(name);
    if (found === undefined) return [];
    if (!Array.isArray(found)) throw new ApiFault('serialization', 'Expected list or null');
    return found;
  };
  return {
    text: (name) => optional(member(name), asText),
    number: (name) => optional(member(name), asNumber),
    object: (name) => optional(member(name), inputOf),
    texts: (name) => list(name).map(asText),
    objects: (name) => list(name).map(inputOf),
  };
}

function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new ApiFault('serialization', `${kindOf(value)} can not be converted to a String`);
}

function asNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ApiFault('serialization', `${kindOf(value)} can not be converted to a Long`);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'START_ARRAY';
  switch (typeof value) {
    case 'number':
      return 'NUMBER_VALUE';
    case 'boolean':
      return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
    case 'string':
      return 'STRING_VALUE';
    default:
      return value === null ? 'NULL_VALUE' : 'START_OBJECT';
  }
}
