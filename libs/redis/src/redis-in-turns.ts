// A connection whose commands of one turn of the event loop leave with one write. The library's own way to do so
// (`enableAutoPipelining`) makes a pipeline for each turn, with a getter of its own: V8 keeps the shape of each, and by that
// all that its commands refer to, until the whole heap is marked.
import { Redis } from 'ioredis';

export class RedisInTurns extends Redis {
  #isGathering = false;

  override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
    if (!this.#isGathering) this.#gather();
    return super.sendCommand(...args);
  }

  #gather(): void {
    const { stream } = this as { readonly stream?: Redis['stream'] | null };
    // None yet, or none any more.
    if (stream == null) return;
    this.#isGathering = true;
    stream.cork();
    setImmediate(() => {
      this.#isGathering = false;
      stream.uncork();
    });
  }
}
