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

  /**
   * What a connection says after that is nobody's concern: one that is ended in the middle of a handshake gets an alert from
   * the server, and the library listens for one error of each only. When that was the refusal of the server's certificate,
   * the alert would end the process.
   */
  override disconnect(...args: Parameters<Redis['disconnect']>): void {
    const { stream } = this as { readonly stream?: Redis['stream'] | null };
    stream?.on('error', () => undefined);
    super.disconnect(...args);
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
