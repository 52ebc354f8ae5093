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
  let report: Report = { hosts: [], failures: [] };
  const told = new Set<string>();
  const untold = (hosts: readonly string[]) => hosts.filter((host) => !told.has(host));
  return {
    tellFailures: (met) => {
      const unreachable = untold(learntOf({ hosts: met, failures: [] }, []).unreachable);
      if (unreachable.length === 0) return;
      for (const host of unreachable) told.add(host);
      void health.note({ unreachable, reached: [], untried: [] });
    },
    learn: (made) => {
      report = made;
    },
    tell: () => {
      const learnt = learntOf(report, asked);
      void health.note({ ...learnt, unreachable: untold(learnt.unreachable) });
    },
  };
}

type Report = Pick<AttemptReport, 'hosts' | 'failures'>;
type Learnt = Parameters<HostHealth['note']>[0];

/** A host that has no time for us is there; one whose address can't be had is not. */
function learntOf({ hosts, failures }: Report, asked: readonly MxHost[]): Learnt {
  const learnt = {
    reached: new Array<string>(),
    unreachable: new Array<string>(),
    untried: new Array<string>(),
  };
  for (const host of new Set([...asked, ...hosts].map((each) => each.host))) {
    const conducts = hosts.filter((each) => each.host === host);
    const hasNoAddress = failures.some(({ mxHost, type }) => mxHost === host && type === 'dns-failure');
    if (conducts.some(({ conduct }) => conduct !== 'unreachable')) learnt.reached.push(host);
    else if (conducts.length > 0 || hasNoAddress) learnt.unreachable.push(host);
    else learnt.untried.push(host);
  }
  return learnt;
}
