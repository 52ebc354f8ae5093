// What an operation takes, as data: members with their types and limits, in either protocol. The types of the inputs
// that actions get are derived from it. Source: SES contract 1.1, 2.1, 7.

import type { BinaryValue } from '../body/base64-decoder.ts';

export interface Limits {
  /** Of a text in characters, of a list in items, of a number its value. */
  readonly min?: number;
  readonly max?: number;
}

interface TextLimits extends Limits {
  readonly pattern?: RegExp;
  /** An empty text on v1 is one, not a member that was left out. */
  readonly mayBeEmpty?: boolean;
}

export type Spec =
  | ({ readonly kind: 'text' } & TextLimits)
  | ({ readonly kind: 'number' } & Limits)
  | { readonly kind: 'binary' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'instant' }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | ({ readonly kind: 'list'; readonly item: Spec } & Limits)
  | { readonly kind: 'structure'; readonly shape: Shape };

export interface Member<Value> {
  readonly spec: Spec;
  readonly isRequired: boolean;
  /** Of types only; never there. */
  readonly valueType?: readonly [Value];
}

export type Shape = Readonly<Record<string, Member<unknown>>>;

/** What an action gets: undefined for what was left out, an empty list for a list that was. */
export type InputOf<S extends Shape> = {
  readonly [Name in keyof S]: S[Name] extends Member<infer Value> ? Value : never;
};

/** The caller has to give it. */
export function required<Value>(member: Member<Value | undefined>): Member<Value> {
  return { spec: member.spec, isRequired: true };
}

export function text(limits: TextLimits = {}): Member<string | undefined> {
  return { spec: { kind: 'text', max: MAX_TEXT, ...limits }, isRequired: false };
}

/** Of names, addresses, ARNs and the like where SES tells no limit: a text of megabytes takes others' time. */
const MAX_TEXT = 10_240;

/** Content, templates and their data: as long as the body may be, unless told. */
export function longText(limits: TextLimits = {}): Member<string | undefined> {
  return text({ max: Infinity, ...limits });
}

/** Base64 on the wire; it was decoded while it arrived. */
export function binary(): Member<BinaryValue | undefined> {
  return { spec: { kind: 'binary' }, isRequired: false };
}

export function number(limits: Limits = {}): Member<number | undefined> {
  return { spec: { kind: 'number', ...limits }, isRequired: false };
}

export function flag(): Member<boolean | undefined> {
  return { spec: { kind: 'flag' }, isRequired: false };
}

/** Milliseconds since 1970. */
export function instant(): Member<number | undefined> {
  return { spec: { kind: 'instant' }, isRequired: false };
}

export function choice<const Value extends string>(...values: readonly Value[]): Member<Value | undefined> {
  return { spec: { kind: 'choice', values }, isRequired: false };
}

export function list<Item>(item: Member<Item | undefined>, limits: Limits = {}): Member<readonly Item[]> {
  return { spec: { kind: 'list', item: item.spec, ...limits }, isRequired: false };
}

export function structure<S extends Shape>(shape: S): Member<InputOf<S> | undefined> {
  return { spec: { kind: 'structure', shape }, isRequired: false };
}
