// The log: one JSON line per fact, to standard output.
import { pino } from 'pino';
import { gatherLines } from './gather-lines.ts';

/** pino style: `logger.info({ messageId }, 'message accepted')`. Never content, never secrets. */
export type Logger = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Lines are gathered for a moment (200 ms or 32 Ki characters), so that a line costs no system call of its own. */
export function createLogger(service: string, level: string): { logger: Logger; flush: () => void } {
  const destination = pino.destination({ fd: 1, sync: false });
  const lines = gatherLines(destination);
  const logger = pino({ level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime }, lines);
  return {
    logger,
    flush: () => {
      try {
        lines.flushSync();
      } catch {
        // Expected when nothing was written yet: the destination is not open then, and nothing is lost.
      }
    },
  };
}
