// Each run leaves its counts under the project's reports/, where the test command adds them up.
import path from 'node:path';

export function reporters(kind: string): { reporters: string[]; outputFile: { json: string } } {
  return {
    reporters: ['default', 'json'],
    outputFile: { json: path.join(process.cwd(), 'reports', `${kind}.json`) },
  };
}
