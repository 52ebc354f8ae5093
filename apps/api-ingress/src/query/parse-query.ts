// The parameters of a Query call: flat names with dots → a tree. Source: SES contract 1.1.
import { ApiFault } from '../api-fault.ts';

/** `Tags.member.1.Name=x`: value `x` below `Tags`, `member`, `1`, `Name`. */
export interface QueryNode {
  readonly value: string | undefined;
  readonly below: ReadonlyMap<string, QueryNode>;
}

interface GrowingNode extends QueryNode {
  value: string | undefined;
  readonly below: Map<string, GrowingNode>;
}

/** Faults 4.2 row 43: bulk mail to 50 destinations with all their recipients and tags has fewer. */
const MAX_PARAMETERS = 20_000;
/** The deepest name of SES has 7 parts. */
const MAX_DEPTH = 12;

/** Of a form or a query, in order. The first value of a name counts. Throws ApiFault for too many. */
export function parseQuery(parameters: Iterable<readonly [string, string]>): QueryNode {
  const root: GrowingNode = { value: undefined, below: new Map() };
  let count = 0;
  for (const [name, value] of parameters) {
    count += 1;
    const parts = name.split('.', MAX_DEPTH + 1);
    if (count > MAX_PARAMETERS || parts.length > MAX_DEPTH)
      throw new ApiFault('malformed-query', 'Too many parameters.');
    const node = parts.reduce(grow, root);
    node.value ??= value;
  }
  return root;
}

function grow(node: GrowingNode, part: string): GrowingNode {
  const known = node.below.get(part);
  if (known !== undefined) return known;
  const made: GrowingNode = { value: undefined, below: new Map() };
  node.below.set(part, made);
  return made;
}
