// What the receiver got of the current run: every message once, whole, and how long it took.
import { readStamp } from '../bench-mail.ts';
import { percentile } from '../statistics.ts';

interface Expected {
  readonly run: string;
  readonly messages: number;
  /** As it travels behind DATA, without the final dot. */
  readonly body: Buffer;
}

export interface Counts {
  /** Different messages of the run. */
  readonly unique: number;
  /** Copies beyond the first. */
  readonly doubled: number;
  /** Whose body is not what was sent, byte for byte. */
  readonly damaged: number;
  /** Not of this run. */
  readonly foreign: number;
  /** Recipients that were refused for now. */
  readonly deferred: number;
  /** CLOCK_MONOTONIC; 0: nothing yet. */
  readonly lastAtUs: number;
}

export interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Receipts {
  begin(expected: Expected): void;
  /** Content as it came behind DATA, without the final dot; `atUs` when its end was there. */
  note(content: Buffer, atUs: number): void;
  noteDeferral(): void;
  counts(): Counts;
  /** From before MAIL of the submission to the end of the content here. */
  latencies(): Latencies;
}

const NOTHING = { unique: 0, doubled: 0, damaged: 0, foreign: 0, deferred: 0, lastAtUs: 0 };

export function openReceipts(): Receipts {
  let expected: Expected = { run: '', messages: 0, body: Buffer.alloc(0) };
  let seen = new Uint8Array(0);
  let counts = { ...NOTHING };
  let latenciesMs: number[] = [];
  return {
    begin: (next) => {
      expected = next;
      seen = new Uint8Array(next.messages);
      counts = { ...NOTHING };
      latenciesMs = [];
    },
    note: (content, atUs) => {
      const headEnd = content.indexOf('\r\n\r\n') + 4;
      const stamp = readStamp(content.toString('latin1', 0, headEnd), expected.run);
      if (stamp === undefined || stamp.sequence >= expected.messages) {
        counts.foreign += 1;
        return;
      }
      counts.lastAtUs = atUs;
      if (!content.subarray(headEnd).equals(expected.body)) counts.damaged += 1;
      if (seen[stamp.sequence] === 1) {
        counts.doubled += 1;
        return;
      }
      seen[stamp.sequence] = 1;
      counts.unique += 1;
      latenciesMs.push((atUs - stamp.sentAtUs) / 1000);
    },
    noteDeferral: () => {
      counts.deferred += 1;
    },
    counts: () => ({ ...counts }),
    latencies: () => ({ p50Ms: percentile(latenciesMs, 0.5), p99Ms: percentile(latenciesMs, 0.99) }),
  };
}
