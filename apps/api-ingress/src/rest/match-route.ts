// Which v2 operation a method and path mean. Segments are compared as they came and decoded afterwards, so that `%2F`
// stays inside its label. Source: SES contract 2.1.
import { ApiFault } from '../api-fault.ts';
import type { Route } from '../operation.ts';

export type Matched<Operation> =
  | {
      readonly kind: 'operation';
      readonly operation: Operation;
      readonly labels: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'other-method' }
  | { readonly kind: 'unknown' };

interface Compiled<Operation> {
  readonly operation: Operation;
  readonly method: string;
  readonly segments: readonly string[];
}

/** A trailing slash changes nothing (trap 21). The matcher throws ApiFault for a label that is no percent-encoding. */
export function routeMatcher<Operation extends { readonly routes: readonly Route[] }>(
  operations: readonly Operation[],
): (method: string, rawPath: string) => Matched<Operation> {
  const withoutLabels = new Map<string, Matched<Operation>>();
  const byLength = new Map<number, readonly Compiled<Operation>[]>();
  for (const operation of operations) {
    for (const route of operation.routes) {
      const [method = '', path = ''] = route.split(' ');
      const segments = segmentsOf(path);
      if (!route.includes('{')) withoutLabels.set(route, { kind: 'operation', operation, labels: {} });
      const same = byLength.get(segments.length) ?? [];
      byLength.set(segments.length, [...same, { operation, method, segments }]);
    }
  }
  return (method, rawPath) => {
    const known = withoutLabels.get(`${method} ${rawPath}`);
    if (known !== undefined) return known;
    const segments = segmentsOf(rawPath);
    const fitting = (byLength.get(segments.length) ?? []).filter((each) => fits(each.segments, segments));
    const matched = fitting.find((each) => each.method === method);
    if (matched === undefined) return { kind: fitting.length > 0 ? 'other-method' : 'unknown' };
    return {
      kind: 'operation',
      operation: matched.operation,
      labels: labelsOf(matched.segments, segments),
    };
  };
}

function segmentsOf(path: string): readonly string[] {
  return path.replace(/\/$/, '').split('/');
}

function labelName(part: string): string | undefined {
  return part.startsWith('{') ? part.slice(1, -1) : undefined;
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.every((part, index) => {
    const segment = segments[index] ?? '';
    return labelName(part) === undefined ? part === segment : segment !== '';
  });
}

function labelsOf(pattern: readonly string[], segments: readonly string[]): Record<string, string> {
  const labels = pattern.flatMap((part, index) => {
    const name = labelName(part);
    return name === undefined ? [] : [[name, decoded(segments[index] ?? '')] as const];
  });
  return Object.fromEntries(labels);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Expected for a stray `%`.
    throw new ApiFault('serialization', 'The path is not valid percent-encoding.');
  }
}
