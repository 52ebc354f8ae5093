// Holds what was read against the limits of its members, in the words of SES's own validation.
// Source: SES contract 1.3 (ValidationError), 2.1.
import { ApiFault } from '../api-fault.ts';
import type { InputOf, Limits, Shape, Spec } from './members.ts';

/** What a reader of either protocol has made of a request: members by name, already of the right types. */
export type ReadMembers = Readonly<Record<string, unknown>>;

/** Each member of a shape as `read` finds it. */
export function readMembers(shape: Shape, read: (name: string, spec: Spec) => unknown): ReadMembers {
  const members: Record<string, unknown> = {};
  for (const [name, { spec }] of Object.entries(shape)) members[name] = read(name, spec);
  return members;
}

/** Throws ApiFault that names each member which is wrong. */
export function checkInput<S extends Shape>(shape: S, read: ReadMembers): InputOf<S> {
  const found = shapeViolations(shape, read, '');
  if (found.length > 0) {
    const errors = found.length === 1 ? 'error' : 'errors';
    throw new ApiFault('validation', `${found.length} validation ${errors} detected: ${found.join('; ')}`);
  }
  // The readers give each member the type of its spec, and what is required was found above.
  return read as InputOf<S>;
}

function shapeViolations(shape: Shape, read: ReadMembers, path: string): readonly string[] {
  return Object.keys(shape).flatMap((name) => {
    const member = shape[name];
    const value = read[name];
    if (member === undefined) return NONE;
    const { spec, isRequired } = member;
    const at = path + lowerFirst(name);
    if (value !== undefined && !(isRequired && value === ABSENT_LIST)) return violations(spec, value, at);
    return isRequired
      ? [`Value null at '${at}' failed to satisfy constraint: Member must not be null`]
      : NONE;
  });
}

const NONE: readonly never[] = Object.freeze([]);
/** Readers note an absent list as this very one. */
export const ABSENT_LIST: readonly never[] = Object.freeze([]);

function violations(spec: Spec, value: unknown, at: string): readonly string[] {
  const wrong = (constraint: string) => `Value at '${at}' failed to satisfy constraint: ${constraint}`;
  switch (spec.kind) {
    case 'text':
      return textConstraints(spec, String(value)).map(wrong);
    case 'number':
      return numberConstraints(spec, Number(value)).map(wrong);
    case 'choice':
      return spec.values.includes(String(value)) ? [] : [wrong(enumSet(spec.values))];
    case 'list': {
      const items: readonly unknown[] = Array.isArray(value) ? value : [];
      return [...lengthConstraints(spec, items.length).map(wrong), ...itemViolations(spec.item, items, at)];
    }
    case 'structure':
      return shapeViolations(spec.shape, value as ReadMembers, `${at}.`);
    case 'binary':
    case 'flag':
    case 'instant':
      return [];
  }
}

function itemViolations(item: Spec, items: readonly unknown[], at: string): readonly string[] {
  if (item.kind !== 'choice')
    return items.flatMap((each, index) => violations(item, each, `${at}.${index + 1}.member`));
  if (items.every((each) => item.values.includes(String(each)))) return [];
  return [
    `Value at '${at}' failed to satisfy constraint: Member must satisfy constraint: [${enumSet(item.values)}]`,
  ];
}

function textConstraints(spec: Extract<Spec, { readonly kind: 'text' }>, value: string): readonly string[] {
  const { pattern } = spec;
  const isUnlike = pattern !== undefined && !pattern.test(value);
  const unlike = isUnlike ? [`Member must satisfy regular expression pattern: ${pattern.source}`] : [];
  return [...lengthConstraints(spec, value.length), ...unlike];
}

function numberConstraints({ min = -Infinity, max = Infinity }: Limits, value: number): readonly string[] {
  if (value < min) return [`Member must have value greater than or equal to ${min}`];
  return value > max ? [`Member must have value less than or equal to ${max}`] : [];
}

function lengthConstraints({ min = 0, max = Infinity }: Limits, length: number): readonly string[] {
  if (length < min) return [`Member must have length greater than or equal to ${min}`];
  return length > max ? [`Member must have length less than or equal to ${max}`] : [];
}

function enumSet(values: readonly string[]): string {
  return `Member must satisfy enum value set: [${values.join(', ')}]`;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
