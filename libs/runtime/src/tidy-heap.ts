// What a start leaves behind: garbage, code that ran once, a nursery of the size that a start needs. V8 would give none of it
// back before there is something to do: a third of what an idle service takes.
import v8 from 'node:v8';
import vm from 'node:vm';

/** After the moment in which several processes of a machine start together, and want its CPUs. */
const AFTER_MS = 1000;

/**
 * Once, for some 100 ms. Not where large contents pass, in the ingresses and mx-delivery: V8 then takes the heap for a small
 * one, and marks all of it for every 16 MB of them (two thirds more CPU of smtp-ingress a message of 1 MB, measured).
 */
export function tidyHeapAfterStart(): void {
  setTimeout(() => {
    collector()({ type: 'major', flavor: 'last-resort' });
  }, AFTER_MS).unref();
}

/** Not by a flag of the process: it would make Node.js compile anew what it has compiled in itself, at each start. */
function collector(): NodeJS.GCFunction {
  v8.setFlagsFromString('--expose-gc');
  try {
    return vm.runInNewContext('gc') as NodeJS.GCFunction;
  } finally {
    v8.setFlagsFromString('--no-expose-gc');
  }
}
