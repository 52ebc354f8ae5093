// Answers of a pure function for short texts that come again and again, like the domains of senders and receivers.
import { isAscii } from 'node:buffer';

const MAX_ENTRIES = 5000;
const MAX_LENGTH = 320;

/** Undefined is worked out each time. What repeats itself does so at once: when there are too many, all are forgotten. */
export function remembering<Answer>(answerTo: (text: string) => Answer): (text: string) => Answer {
  const known = new Map<string, Answer>();
  return (text) => {
    const answer = known.get(text);
    if (answer !== undefined) return answer;
    if (text.length > MAX_LENGTH) return answerTo(text);
    const bytes = Buffer.from(text);
    if (!isAscii(bytes)) return answerTo(text);
    // A copy: a part of a longer text keeps all of it alive.
    const own = bytes.toString('latin1');
    const made = answerTo(own);
    if (known.size >= MAX_ENTRIES) known.clear();
    if (made !== undefined) known.set(own, made);
    return made;
  };
}
