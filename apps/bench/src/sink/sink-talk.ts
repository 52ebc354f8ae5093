// What the receiver's process is asked and what it answers: plain JSON between two processes of the bench.
import type { Counts, Latencies } from './receipts.ts';

export type SinkQuestion =
  | { readonly kind: 'begin'; readonly run: string; readonly messages: number; readonly bodyBytes: number }
  | { readonly kind: 'defer'; readonly all: boolean }
  | { readonly kind: 'counts' }
  | { readonly kind: 'latencies' };

export interface SinkAnswer {
  readonly counts: Counts;
  readonly latencies?: Latencies;
}

export interface SinkReady {
  readonly port: number;
  /** `ip:port`. */
  readonly dns: string;
}
