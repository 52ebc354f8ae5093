// What a start leaves behind: garbage, code that ran once, a nursery of the size that a start needs. V8 would give none of it
// back before there is something to do: a third of what an idle service takes.

/** After the moment in which several processes of a machine start together, and want its CPUs. */
const AFTER_MS = 1000;

/** Once, for some 100 ms. Does nothing in a process without `--expose-gc`. */
export function tidyHeapAfterStart(): void {
  const { gc } = globalThis;
  if (gc === undefined) return;
  setTimeout(() => {
    gc({ type: 'major', flavor: 'last-resort' });
  }, AFTER_MS).unref();
}
