// Each run leaves its counts under reports/, where the test command adds them up.
import path from 'node:path';

export function reporters(kind: string): { reporters: string[]; outputFile: { json: string } } {
  const project = path.basename(process.cwd());
  const json = path.join(import.meta.dirname, 'reports', kind, `${project}.json`);
  return { reporters: ['default', 'json'], outputFile: { json } };
}
