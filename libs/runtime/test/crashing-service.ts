// A process that passes one crash point, for crash-point.test.ts. Argument: its settings, as JSON.
import { armCrashPoints, crashPoint } from '../src/crash-point.ts';

try {
  armCrashPoints(JSON.parse(process.argv[2] ?? '{}') as NodeJS.ProcessEnv);
  crashPoint('door:stored');
  process.stdout.write('alive\n');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
