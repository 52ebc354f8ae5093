// What one attempt learns of hosts, told to all workers when it is known, and once.
import type { MxHost } from '@sealpost/mail';
import type { AttemptReport } from '../attempt/attempt-report.ts';
import type { HostConduct } from '../attempt/trouble-log.ts';
import type { HostHealth } from './host-health.ts';

export interface HealthNotes {
  /** Before the attempt goes on, maybe after a wait, to another host: others need not find out what it has. */
  readonly tellFailures: (met: readonly HostConduct[]) => void;
  readonly learn: (report: AttemptReport) => void;
  /** However the attempt ended: a host that was to be probed by it must not wait for it any longer. */
  readonly tell: () => void;
}

export function healthNotes(asked: readonly MxHost[], health: HostHealth): HealthNotes {
  let learnt = learntOf(undefined, asked);
  const told = new Set<string>();
  const untold = (hosts: readonly string[]) => hosts.filter((host) => !told.has(host));
  return {
    tellFailures: (met) => {
      const unreachable = untold(learntOf({ hosts: met, failures: [] }, []).unreachable);
      if (unreachable.length === 0) return;
      for (const host of unreachable) told.add(host);
      void health.note({ unreachable, reached: [], untried: [] });
    },
    learn: (report) => {
      learnt = learntOf(report, asked);
    },
    tell: () => {
      void health.note({ ...learnt, unreachable: untold(learnt.unreachable) });
    },
  };
}

/** A host that has no time for us is there; one whose address can't be had is not. */
function learntOf(
  report: Pick<AttemptReport, 'hosts' | 'failures'> | undefined,
  asked: readonly MxHost[],
): Parameters<HostHealth['note']>[0] {
  const conducts = report?.hosts ?? [];
  const isThere = (host: string) =>
    conducts.some((each) => each.host === host && each.conduct !== 'unreachable');
  const hasFailed = (host: string) =>
    conducts.some((each) => each.host === host) ||
    report?.failures.some(({ mxHost, type }) => mxHost === host && type === 'dns-failure') === true;
  const names = [...new Set([...asked, ...conducts].map(({ host }) => host))];
  return {
    reached: names.filter(isThere),
    unreachable: names.filter((host) => !isThere(host) && hasFailed(host)),
    untried: names.filter((host) => !isThere(host) && !hasFailed(host)),
  };
}
