// Recipients accepted by this process in the last 24 hours, by the hour. It starts at 0 with the process;
// a count over all copies comes with quotas.

export interface SendCounter {
  add(recipients: number): void;
  last24Hours(): number;
}

const HOUR_MS = 3_600_000;

export function openSendCounter(now: () => number): SendCounter {
  const hours = new Map<number, number>();
  const currentHour = () => Math.floor(now() / HOUR_MS);
  return {
    add: (recipients) => {
      const hour = currentHour();
      hours.set(hour, (hours.get(hour) ?? 0) + recipients);
      for (const old of [...hours.keys()].filter((each) => each <= hour - 24)) hours.delete(old);
    },
    last24Hours: () => {
      const hour = currentHour();
      return [...hours].reduce((sum, [each, count]) => (each > hour - 24 ? sum + count : sum), 0);
    },
  };
}
