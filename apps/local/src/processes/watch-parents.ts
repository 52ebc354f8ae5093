// Whether those who started us are still there: a terminal or npm may be killed without telling us.
import { readFileSync } from 'node:fs';

const POLL_MS = 500;

/** `isNpmScript`: npm runs us through a shell, which outlives npm and waits for us; then npm's own end counts. */
export function watchParents(isNpmScript: boolean, onGone: () => void): void {
  const parent = process.ppid;
  const grandparent = isNpmScript ? parentOf(parent) : undefined;
  const timer = setInterval(() => {
    const isSame = process.ppid === parent && (grandparent === undefined || parentOf(parent) === grandparent);
    if (isSame) return;
    clearInterval(timer);
    onGone();
  }, POLL_MS);
  timer.unref();
}

/** From /proc, whose fourth field it is; the second, in brackets, may hold anything. Undefined elsewhere. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(/\) \S (\d+) /.exec(stat.slice(stat.lastIndexOf(')')))?.[1]);
  } catch {
    // Expected where there is no /proc.
    return undefined;
  }
}
