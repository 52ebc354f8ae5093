// A service for run-service.test.ts: it says something, and then something goes wrong that nobody expected.
import { runService } from '../src/index.ts';

runService('failing', 'info', ({ logger }) => {
  logger.info({ text: 'x'.repeat(20_000) }, 'before');
  setImmediate(() => {
    throw new Error('nobody expected this');
  });
  return Promise.resolve();
});
