// Sets and maps for what comes and goes by the thousand. V8 links each table that a Set or Map has outgrown, or emptied, to the
// next one: once one of them is old, all that follow are kept, with all that was in them when they were given up, until the
// whole heap is marked. Of a queue of messages under way that was half of the mail of some seconds.

/** In no order. For up to some thousand at a time: to leave costs a look at each. */
export class PassingSet<T extends object | string> implements Iterable<T> {
  readonly #members: T[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: T): void {
    if (!this.#members.includes(member)) this.#members.push(member);
  }

  /** False: it was not there. */
  delete(member: T): boolean {
    const place = this.#members.indexOf(member);
    if (place === -1) return false;
    const last = this.#members.pop();
    if (last !== undefined && place < this.#members.length) this.#members[place] = last;
    return true;
  }

  /** Of those that are there now: they may leave meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#members].values();
  }
}

/** The tables of the past keep keys, and empty hands. */
export class PassingMap<K extends string | number, V extends object> implements Iterable<[K, V]> {
  readonly #hands = new Map<K, { held: V | undefined }>();

  get size(): number {
    return this.#hands.size;
  }

  get(key: K): V | undefined {
    return this.#hands.get(key)?.held;
  }

  set(key: K, value: V): void {
    const hand = this.#hands.get(key);
    if (hand === undefined) this.#hands.set(key, { held: value });
    else hand.held = value;
  }

  /** What was there. */
  take(key: K): V | undefined {
    const hand = this.#hands.get(key);
    if (hand === undefined) return undefined;
    const { held } = hand;
    hand.held = undefined;
    this.#hands.delete(key);
    return held;
  }

  *[Symbol.iterator](): Iterator<[K, V]> {
    for (const [key, { held }] of this.#hands) if (held !== undefined) yield [key, held];
  }
}
