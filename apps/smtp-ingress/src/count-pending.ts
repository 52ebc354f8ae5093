// How many messages wait at the door, over all sessions. Content that still arrives does not wait for the door but
// for its client. Source: faults Q15.
import type { ArrivingContent, Door } from '@sealpost/submission';

export function countPending(submit: Door['submit']): {
  readonly submit: Door['submit'];
  readonly count: () => number;
} {
  let count = 0;
  return {
    submit: async (submission) => {
      let counted = 0;
      const arrived = (): void => {
        counted = 1;
        count += 1;
      };
      const { content } = submission;
      try {
        if (Buffer.isBuffer(content)) arrived();
        else return await submit({ ...submission, content: tellingItsEnd(content, arrived) });
        return await submit(submission);
      } finally {
        count -= counted;
      }
    },
    count: () => count,
  };
}

function tellingItsEnd(content: ArrivingContent, arrived: () => void): ArrivingContent {
  return { ...content, rest: untilEnd(content.rest, arrived) };
}

async function* untilEnd(chunks: AsyncIterable<Buffer>, atEnd: () => void): AsyncGenerator<Buffer> {
  yield* chunks;
  atEnd();
}
