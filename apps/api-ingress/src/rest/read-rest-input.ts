// The input of a v2 operation from the path, the query and the JSON body; types as SES checks them.
// Source: SES contract 2.1.
import { ApiFault } from '../api-fault.ts';
import { binaryOf } from '../body/binary-of.ts';
import type { ReadBody } from '../body/body-reader.ts';
import { ABSENT_LIST, checkInput, readMembers, type ReadMembers } from '../input/check-input.ts';
import type { InputOf, Shape, Spec } from '../input/members.ts';
import { instantOf, numberOf } from '../input/parse-scalar.ts';

export interface RestRequest {
  /** Decoded labels of the path, by the names in the operation's path. */
  readonly labels: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Of the JSON body. */
  readonly members: object;
  readonly binaries: ReadBody['binaries'];
}

type Binaries = RestRequest['binaries'];

/** Members whose name in the query is another (`Reasons` is `Reason`). */
export type QueryNames = Readonly<Record<string, string>>;

/** A label counts before the query, the query before the body: generations of clients differ. Throws ApiFault. */
export function readRestInput<S extends Shape>(
  shape: S,
  { labels, query, members, binaries }: RestRequest,
  queryNames: QueryNames = {},
): InputOf<S> {
  const read = readMembers(shape, (name, spec) => {
    if (Object.hasOwn(labels, name)) return labels[name];
    const given = query.size === 0 ? [] : query.getAll(queryNames[name] ?? name);
    return given.length > 0
      ? fromQuery(spec, given, name)
      : fromJson(spec, ownMember(members, name), binaries);
  });
  return checkInput(shape, read);
}

/** An empty body is an empty object. `value` undefined: it was no JSON. Throws ApiFault. */
export function membersOf(value: unknown): object {
  if (value === undefined) return illTyped('The request body is not valid JSON.');
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  return illTyped(Array.isArray(value) ? LIST_FOUND : `${nameOf(value)} can not be converted to an Object`);
}

/** Own members only: `__proto__` and its like are data here. */
function ownMember(members: object, name: string): unknown {
  return Object.hasOwn(members, name) ? Reflect.get(members, name) : undefined;
}

/** Texts of the query by the types of their members; timestamps as ISO 8601 or in seconds as in JSON. */
function fromQuery(spec: Spec, given: readonly string[], name: string): unknown {
  if (spec.kind === 'list') return given.map((each) => fromQuery(spec.item, [each], name));
  const [first = ''] = given;
  const seconds = numberOf(first);
  switch (spec.kind) {
    case 'number':
      return seconds ?? illTyped(`${name} must be a number.`);
    case 'instant':
      return (
        (seconds === undefined ? instantOf(first) : seconds * 1000) ??
        illTyped(`${name} must be a timestamp.`)
      );
    case 'flag':
      return first === 'true';
    default:
      return first;
  }
}

const LIST_FOUND = 'Start of list found where not expected';

function fromJson(spec: Spec, value: unknown, binaries: Binaries): unknown {
  if (spec.kind === 'list') return listFromJson(spec.item, value, binaries);
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return illTyped(LIST_FOUND);
  if (spec.kind === 'flag') return flagFromJson(value);
  if (value === null) return undefined;
  if (spec.kind === 'structure') return structureFromJson(spec.shape, value, binaries);
  if (spec.kind === 'binary') return binaryOf(String(scalarFromJson('text', value)), binaries);
  return scalarFromJson(spec.kind, value);
}

function structureFromJson(shape: Shape, value: unknown, binaries: Binaries): ReadMembers {
  if (typeof value !== 'object' || value === null) return illTyped('Expected null');
  return readMembers(shape, (name, spec) => fromJson(spec, ownMember(value, name), binaries));
}

const SCALAR_NAMES = { text: 'String', choice: 'String', number: 'Long', instant: 'Timestamp' } as const;

function scalarFromJson(kind: keyof typeof SCALAR_NAMES, value: unknown): string | number {
  const isText = kind === 'text' || kind === 'choice';
  if (isText && typeof value === 'string') return value;
  if (!isText && typeof value === 'number' && Number.isFinite(value))
    return kind === 'instant' ? value * 1000 : value;
  return illTyped(`${nameOf(value)} can not be converted to a ${SCALAR_NAMES[kind]}`);
}

function listFromJson(item: Spec, value: unknown, binaries: Binaries): readonly unknown[] {
  if (value === undefined || value === null) return ABSENT_LIST;
  if (!Array.isArray(value)) return illTyped('Expected list or null');
  return value.map(
    (each: unknown) => fromJson(item, each, binaries) ?? illTyped('NULL_VALUE found where not expected'),
  );
}

/** Trap 51: any text is true, `"false"` too. */
function flagFromJson(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return true;
  return illTyped(`${nameOf(value)} can not be converted to a Boolean`);
}

function nameOf(value: unknown): string {
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

function illTyped(message: string): never {
  throw new ApiFault('serialization', message);
}
