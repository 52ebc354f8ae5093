// Answers kept for a while, asked for once at a time, and forgotten when they change. An answer that was asked
// for before a change was told is never kept after it.

export interface ExpiringCache<T> {
  /** Kept answers at once; an old one is still given while it is asked for again in the background. */
  get(key: string, ask: () => Promise<T>): Promise<T>;
  forget(key: string): void;
  /** Forgets the keys that begin so. */
  forgetAll(prefix: string): void;
  forgetWhere(matches: (key: string) => boolean): void;
}

export interface CacheRules<T> {
  /** How long an answer is given without asking again; 0: it is not kept. */
  readonly keepMs: (answer: T) => number;
  /** After `keepMs` it is still given, and refreshed behind the scenes; otherwise it is asked for anew. */
  readonly isWorthOldAge: (answer: T) => boolean;
  /** No answer at all: what is kept stays. */
  readonly isSilence: (answer: T) => boolean;
  readonly maxEntries: number;
}

interface Entry<T> {
  readonly answer: T;
  readonly freshUntil: number;
}

export function openExpiringCache<T>(rules: CacheRules<T>, now: () => number): ExpiringCache<T> {
  const entries = new Map<string, Entry<T>>();
  const asking = new Map<string, Promise<T>>();
  let version = 0;

  const ask = (key: string, question: () => Promise<T>): Promise<T> => {
    const pending = asking.get(key);
    if (pending !== undefined) return pending;
    const askedAt = version;
    const answering = question()
      .then((answer) => {
        if (askedAt === version) update(key, answer);
        return answer;
      })
      .finally(() => {
        if (asking.get(key) === answering) asking.delete(key);
      });
    asking.set(key, answering);
    return answering;
  };

  const update = (key: string, answer: T): void => {
    const keepMs = rules.keepMs(answer);
    if (keepMs > 0) keepLast(entries, key, rules.maxEntries).set(key, { answer, freshUntil: now() + keepMs });
    else if (!rules.isSilence(answer)) entries.delete(key);
  };

  const forget = (matches: (key: string) => boolean): void => {
    version += 1;
    for (const key of [...entries.keys()].filter(matches)) entries.delete(key);
    for (const key of [...asking.keys()].filter(matches)) asking.delete(key);
  };

  return {
    get: (key, question) => {
      const entry = entries.get(key);
      if (entry === undefined) return ask(key, question);
      if (entry.freshUntil > now()) return Promise.resolve(entry.answer);
      if (!rules.isWorthOldAge(entry.answer)) return ask(key, question);
      // Nobody waits for the refresh; while the answerer is away the old answer stays.
      ask(key, question).catch(() => undefined);
      return Promise.resolve(entry.answer);
    },
    forget: (key) => {
      forget((each) => each === key);
    },
    forgetAll: (prefix) => {
      forget((each) => each.startsWith(prefix));
    },
    forgetWhere: forget,
  };
}

/** Makes room by dropping the oldest: a flood of keys pushes out, it does not grow. */
function keepLast<T>(entries: Map<string, T>, key: string, maxEntries: number): Map<string, T> {
  if (entries.size >= maxEntries && !entries.has(key)) {
    const [oldest] = entries.keys();
    if (oldest !== undefined) entries.delete(oldest);
  }
  return entries;
}
