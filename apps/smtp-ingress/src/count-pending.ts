// How many messages wait at the door, over all sessions. Source: faults Q15.
import type { Door } from '@sealpost/submission';

export function countPending(submit: Door['submit']): {
  readonly submit: Door['submit'];
  readonly count: () => number;
} {
  let count = 0;
  return {
    submit: async (submission) => {
      count += 1;
      try {
        return await submit(submission);
      } finally {
        count -= 1;
      }
    },
    count: () => count,
  };
}
