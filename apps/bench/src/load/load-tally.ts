// What came of the messages that were sent, and which one is next.
import { setTimeout as delay } from 'node:timers/promises';
import { nowUs } from '../bench-mail.ts';
import { percentile } from '../statistics.ts';
import type { LoadPlan, LoadResult } from './load-plan.ts';

export interface LoadTally {
  /** The number of the next message, once it is due; undefined: all are sent, or too much went wrong. */
  next(): Promise<number | undefined>;
  isDone(): boolean;
  accepted(sentAtUs: number): void;
  refused(complaint: string): void;
  broken(complaint: string): void;
  acceptedCount(): number;
  result(): LoadResult;
}

const COMPLAINTS_KEPT = 5;
const BROKEN_ALLOWED = 100;

export function openLoadTally(plan: Pick<LoadPlan, 'messages' | 'messagesPerSecond'>): LoadTally {
  const beganAtUs = nowUs();
  const complaints = new Set<string>();
  const latenciesMs: number[] = [];
  let [next, refused, broken, endedAtUs] = [0, 0, 0, beganAtUs];
  const complain = (text: string) => {
    if (complaints.size < COMPLAINTS_KEPT) complaints.add(text);
  };
  const isDone = () => next >= plan.messages || broken >= BROKEN_ALLOWED;
  return {
    isDone,
    next: async () => {
      if (isDone()) return undefined;
      const sequence = next;
      next += 1;
      if (plan.messagesPerSecond !== undefined) {
        const dueAtUs = beganAtUs + (sequence / plan.messagesPerSecond) * 1e6;
        const waitMs = (dueAtUs - nowUs()) / 1000;
        if (waitMs > 0) await delay(waitMs);
      }
      return sequence;
    },
    accepted: (sentAtUs) => {
      endedAtUs = nowUs();
      latenciesMs.push((endedAtUs - sentAtUs) / 1000);
    },
    refused: (complaint) => {
      refused += 1;
      complain(complaint);
    },
    broken: (complaint) => {
      broken += 1;
      complain(complaint);
    },
    acceptedCount: () => latenciesMs.length,
    result: () => ({
      accepted: latenciesMs.length,
      refused,
      broken,
      complaints: [...complaints],
      beganAtUs,
      endedAtUs,
      acceptP50Ms: percentile(latenciesMs, 0.5),
      acceptP99Ms: percentile(latenciesMs, 0.99),
    }),
  };
}
