// Leaves garbage behind when it starts, and then has nothing to do. Says how much memory it takes whenever it is asked.
import { runService, tidyHeapAfterStart } from '@sealpost/runtime';

runService('idle', 'silent', async ({ onShutdown }) => {
  const garbage = Array.from({ length: 100 }, () => new Array<number>(100_000).fill(1.5));
  await Promise.resolve(garbage.length);
  process.stdin.on('data', () => {
    process.stdout.write(`${String(process.memoryUsage().heapTotal)}\n`);
  });
  tidyHeapAfterStart();
  onShutdown('questions', () => {
    process.stdin.destroy();
  });
});
