// A process that passes one crash point, for crash-point.test.ts.
import { armCrashPoints, crashPoint } from '../src/crash-point.ts';

try {
  // As main.ts of a service does.
  armCrashPoints(process.env);
  crashPoint('door:stored');
  process.stdout.write('alive\n');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
