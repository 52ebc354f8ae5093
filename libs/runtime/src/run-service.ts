// The life of a service process: start, ready, drain, end.
import { collectDefaultMetrics, Registry } from 'prom-client';
import { ConfigError } from './load-config.ts';
import { createLogger, type Logger } from './logger.ts';
import { startOperations, type OperationsOptions } from './operations.ts';

export interface ServiceContext {
  readonly logger: Logger;
  readonly registry: Registry;
  /** Steps run in reverse order of registration when the service is told to stop; each is awaited. */
  readonly onShutdown: (step: string, close: () => Promise<void> | void) => void;
  /**
   * The operator's port, for as long as the process lives. Faults Q12: once the service is told to stop it is not
   * ready, before any step of the shutdown runs, and can still be watched. Throws ConfigError when the port is taken.
   */
  readonly serveOperations: (options: OperationsOptions) => Promise<void>;
}

interface ShutdownStep {
  readonly step: string;
  readonly close: () => Promise<void> | void;
}

/**
 * Runs `start` and then waits for SIGTERM or SIGINT; a second signal ends the process at once.
 * A ConfigError is one line on standard error and status 1; any other error adds its stack.
 */
export function runService(
  name: string,
  logLevel: string,
  start: (context: ServiceContext) => Promise<void>,
): void {
  const { logger, flush } = createLogger(name, logLevel);
  const registry = new Registry();
  registry.setDefaultLabels({ service: name });
  collectDefaultMetrics({ register: registry });
  const steps: ShutdownStep[] = [];
  let isStopping = false;
  process.on('exit', flush);
  installSignals(() => {
    isStopping = true;
    return runShutdown(steps, logger);
  });
  process.on('uncaughtException', (error) => {
    logger.error({ err: error }, 'uncaught exception: the service ends');
    process.exit(70);
  });
  const serveOperations = async (options: OperationsOptions): Promise<void> => {
    const ready = () => (isStopping ? Promise.resolve(['stopping']) : options.ready());
    const operations = await startOperations({ ...options, ready }, registry, logger);
    // The first of the steps, hence the last to be undone.
    steps.unshift({ step: 'operations', close: () => operations.close() });
  };
  const onShutdown: ServiceContext['onShutdown'] = (step, close) => steps.push({ step, close });
  start({ logger, registry, onShutdown, serveOperations }).then(
    () => {
      logger.info('ready');
    },
    (error: unknown) => {
      process.stderr.write(`${describe(name, error)}\n`);
      process.exit(1);
    },
  );
}

function installSignals(shutdown: () => Promise<void>): void {
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    void shutdown().finally(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

async function runShutdown(steps: readonly ShutdownStep[], logger: Logger): Promise<void> {
  for (const { step, close } of steps.toReversed()) {
    try {
      await close();
    } catch (error) {
      logger.warn({ err: error, step }, 'a shutdown step failed');
    }
  }
  logger.info('stopped');
}

function describe(name: string, error: unknown): string {
  if (error instanceof ConfigError) return `${name}: ${error.message}`;
  return `${name}: could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
