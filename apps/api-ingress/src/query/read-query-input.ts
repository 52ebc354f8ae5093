// The input of a v1 operation from the parameters of its call. Source: SES contract 1.1.
import { ApiFault } from '../api-fault.ts';
import { binaryOf } from '../body/binary-of.ts';
import type { ReadBody } from '../body/body-reader.ts';
import { ABSENT_LIST, checkInput, readMembers, type ReadMembers } from '../input/check-input.ts';
import type { InputOf, Shape, Spec } from '../input/members.ts';
import { instantOf, numberOf } from '../input/parse-scalar.ts';
import type { QueryNode } from './parse-query.ts';

export interface QueryRequest {
  readonly parameters: QueryNode;
  readonly binaries: ReadBody['binaries'];
}

type Binaries = QueryRequest['binaries'];

/** Throws ApiFault. */
export function readQueryInput<S extends Shape>(
  shape: S,
  { parameters, binaries }: QueryRequest,
): InputOf<S> {
  return checkInput(shape, readShape(shape, parameters, binaries));
}

function readShape(shape: Shape, { below }: QueryNode, binaries: Binaries): ReadMembers {
  return readMembers(shape, (name, spec) => readMember(spec, below.get(name), { name, binaries }));
}

interface MemberFacts {
  readonly name: string;
  readonly binaries: Binaries;
}

function readMember(spec: Spec, node: QueryNode | undefined, facts: MemberFacts): unknown {
  switch (spec.kind) {
    case 'list':
      return readList(spec.item, node, facts);
    case 'structure':
      return node === undefined || node.below.size === 0
        ? undefined
        : readShape(spec.shape, node, facts.binaries);
    case 'binary':
      return node?.value === undefined ? undefined : binaryOf(node.value, facts.binaries);
    default:
      return readScalar(spec, node?.value, facts.name);
  }
}

/** `Name.member.1`, `Name.member.2`, …; a bare empty `Name=` is an empty list (trap 19). */
function readList(item: Spec, node: QueryNode | undefined, facts: MemberFacts): readonly unknown[] {
  if (node === undefined) return ABSENT_LIST;
  const members = node.below.get('member')?.below ?? new Map<string, QueryNode>();
  const items: unknown[] = [];
  for (;;) {
    const member = members.get(String(items.length + 1));
    if (member === undefined) return items;
    // An empty item is one: it has its place in the order.
    items.push(
      readMember(item, member, facts) ??
        (item.kind === 'structure' ? readShape(item.shape, member, facts.binaries) : ''),
    );
  }
}

function readScalar(spec: Spec, value: string | undefined, name: string): unknown {
  if (value === undefined) return undefined;
  if (value === '') return spec.kind === 'text' && spec.mayBeEmpty === true ? '' : undefined;
  if (spec.kind === 'flag') return orIllTyped(FLAGS.get(value), name, 'true or false');
  if (spec.kind === 'number') return orIllTyped(numberOf(value), name, 'a number');
  if (spec.kind === 'instant') return orIllTyped(instantOf(value), name, 'a timestamp');
  return value;
}

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

/** Faults 4.2 row 42. */
function orIllTyped<T>(value: T | undefined, name: string, wanted: string): T {
  if (value === undefined) throw new ApiFault('invalid-parameter', `${name} must be ${wanted}.`);
  return value;
}
