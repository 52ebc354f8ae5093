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

/** What the caches of one client go by. */
export interface CacheClock {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Another one: what was kept before may have changed without a word. Undefined: nobody tells of changes now. */
  readonly epoch: () => number | undefined;
}

interface Entry<T> {
  readonly answer: T;
  readonly freshUntil: number;
}

export function openExpiringCache<T>(rules: CacheRules<T>, clock: CacheClock): ExpiringCache<T> {
  return new KeptAnswers(rules, clock);
}

class KeptAnswers<T> implements ExpiringCache<T> {
  private readonly rules: CacheRules<T>;
  private readonly clock: CacheClock;
  private readonly entries = new Map<string, Entry<T>>();
  private readonly asking = new Map<string, Promise<T>>();
  private version = 0;
  private epoch: number | undefined;

  constructor(rules: CacheRules<T>, clock: CacheClock) {
    this.rules = rules;
    this.clock = clock;
    this.epoch = clock.epoch();
  }

  get(key: string, question: () => Promise<T>): Promise<T> {
    this.enterEpoch();
    const entry = this.entries.get(key);
    if (entry === undefined) return this.ask(key, question);
    if (entry.freshUntil > this.clock.now()) return Promise.resolve(entry.answer);
    if (!this.rules.isWorthOldAge(entry.answer)) return this.ask(key, question);
    // Nobody waits for the refresh; while the answerer is away the old answer stays.
    this.ask(key, question).catch(() => undefined);
    return Promise.resolve(entry.answer);
  }

  forget(key: string): void {
    this.forgetWhere((each) => each === key);
  }

  forgetAll(prefix: string): void {
    this.forgetWhere((each) => each.startsWith(prefix));
  }

  forgetWhere(matches: (key: string) => boolean): void {
    this.version += 1;
    for (const key of [...this.entries.keys()].filter(matches)) this.entries.delete(key);
    for (const key of [...this.asking.keys()].filter(matches)) this.asking.delete(key);
  }

  /** Nothing of another epoch is kept, given, or waited for. */
  private enterEpoch(): void {
    const current = this.clock.epoch();
    if (current !== undefined && current === this.epoch) return;
    this.epoch = current;
    this.forgetWhere(() => true);
  }

  private ask(key: string, question: () => Promise<T>): Promise<T> {
    const pending = this.asking.get(key);
    if (pending !== undefined) return pending;
    const askedAt = this.version;
    const answering = question()
      .then((answer) => {
        if (askedAt === this.version) this.update(key, answer);
        return answer;
      })
      .finally(() => {
        if (this.asking.get(key) === answering) this.asking.delete(key);
      });
    this.asking.set(key, answering);
    return answering;
  }

  private update(key: string, answer: T): void {
    const { entries, rules, clock } = this;
    const keepMs = rules.keepMs(answer);
    if (keepMs === 0) {
      if (!rules.isSilence(answer)) entries.delete(key);
      return;
    }
    const epoch = clock.epoch();
    if (epoch === undefined || epoch !== this.epoch) return;
    keepLast(entries, key, rules.maxEntries).set(key, { answer, freshUntil: clock.now() + keepMs });
  }
}

/** Makes room by dropping the oldest: a flood of keys pushes out, it does not grow. */
function keepLast<T>(entries: Map<string, T>, key: string, maxEntries: number): Map<string, T> {
  if (entries.size >= maxEntries && !entries.has(key)) {
    const [oldest] = entries.keys();
    if (oldest !== undefined) entries.delete(oldest);
  }
  return entries;
}
