// What stays in memory although nobody uses it, until V8 marks the whole heap.
import v8 from 'node:v8';
import vm from 'node:vm';

/** Bytes of the heap that are left of `passing` when its young garbage has been cleared out `turns` times meanwhile. */
export async function keptBytes(turns: number, passing: () => void | Promise<void>): Promise<number> {
  v8.setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext('gc') as NodeJS.GCFunction;
  await passing();
  // All that there is becomes old, and what is garbage by now is gone.
  gc({ type: 'major' });
  gc({ type: 'major' });
  const before = v8.getHeapStatistics().used_heap_size;
  for (let turn = 0; turn < turns; turn += 1) {
    await passing();
    gc({ type: 'minor' });
  }
  gc({ type: 'minor' });
  gc({ type: 'minor' });
  return v8.getHeapStatistics().used_heap_size - before;
}
