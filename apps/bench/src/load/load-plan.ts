// What the load process is told and what it tells: plain JSON between two processes of the bench.
import type { LoadKind, Neighbour } from '../scenarios.ts';

export interface LoadPlan {
  readonly kind: LoadKind;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** In message ids. */
  readonly run: string;
  readonly messages: number;
  readonly bodyBytes: number;
  readonly connections: number;
  readonly messagesPerConnection: number;
  readonly messagesPerSecond?: number;
  readonly domains?: number;
  readonly neighbour?: Neighbour;
}

export interface LoadResult {
  readonly accepted: number;
  readonly refused: number;
  /** Connections that broke. */
  readonly broken: number;
  /** What refusals and breaks said, at most a few. */
  readonly complaints: readonly string[];
  readonly beganAtUs: number;
  readonly endedAtUs: number;
  readonly acceptP50Ms: number;
  readonly acceptP99Ms: number;
}

export type LoadReport =
  | { readonly kind: 'progress'; readonly accepted: number }
  | { readonly kind: 'result'; readonly result: LoadResult };
