// What happens in a simulated world happens step by step, in an order that chance decides; a worker that has crashed
// takes no further step, whatever its code goes on to try.
import type { Chance } from './random.ts';

export interface Actor {
  isDead: boolean;
  /** Simulated milliseconds. */
  stoppedUntil: number;
}

interface Step {
  readonly actor: Actor;
  readonly take: () => void;
}

export interface Steps {
  /** Resolves with what `effect` gives, when chance has come to it. Never, when the actor is dead by then. */
  of<T>(actor: Actor, effect: () => T): Promise<T>;
  /** False: nobody who runs has a step to take. */
  takeOne(now: number): boolean;
  forget(actor: Actor): void;
}

export function openSteps(chance: Chance): Steps {
  let waiting: Step[] = [];
  return {
    of: (actor, effect) =>
      new Promise((resolve, reject) => {
        if (actor.isDead) return;
        waiting.push({
          actor,
          take: () => {
            try {
              resolve(effect());
            } catch (error) {
              // A store that is away.
              reject(error instanceof Error ? error : new Error(String(error)));
            }
          },
        });
      }),
    takeOne: (now) => {
      const ready = waiting.filter(({ actor }) => actor.stoppedUntil <= now);
      if (ready.length === 0) return false;
      const step = chance.pick(ready);
      waiting = waiting.filter((each) => each !== step);
      step.take();
      return true;
    },
    forget: (actor) => {
      waiting = waiting.filter((each) => each.actor !== actor);
    },
  };
}

// The longest chain of awaits between two steps is shorter; were it not, the order would still be the same each time.
const TURNS = 40;

/** Lets the code that waits for a step go on to its next one. */
export async function settleDown(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve();
}
