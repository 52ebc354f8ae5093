// CloudWatch destinations as counters of Prometheus, dimensions as labels. Source: SES contract 6.5.
import type { CloudWatchDimension } from '@sealpost/contracts';
import { Counter, type Registry } from 'prom-client';
import type { SesEvent } from './ses-event.ts';

export interface CloudWatchCounters {
  count(event: SesEvent, destination: CountedDestination): void;
}

interface CountedDestination {
  readonly configurationSet: string;
  readonly name: string;
  readonly dimensions: readonly CloudWatchDimension[];
}

const NAME = 'sealpost_cloudwatch_events_total';
const FIXED_LABELS = ['event', 'configuration_set', 'destination'];
/** Of one destination: a tag may have any number of values. */
const MAX_SERIES = 1000;
const OTHER = 'other';

export function cloudWatchCounters(registry: Registry): CloudWatchCounters {
  const series = new Map<string, { readonly labels: Readonly<Record<string, string>>; count: number }>();
  const seriesOf = new Map<string, number>();
  let labelNames: readonly string[] = FIXED_LABELS;
  const declare = () => {
    registry.removeSingleMetric(NAME);
    new Counter({
      name: NAME,
      help:
        'Events counted for CloudWatch destinations, by event (Send, Delivery, ...), configuration_set, destination and ' +
        `the dimensions of the destination. Beyond ${MAX_SERIES} combinations of a destination its dimensions are "${OTHER}".`,
      labelNames: [...labelNames],
      registers: [registry],
      collect: function () {
        this.reset();
        for (const { labels, count } of series.values()) this.inc(labels, count);
      },
    });
  };
  declare();
  return {
    count: (event, destination) => {
      const { configurationSet, name } = destination;
      const owner = `${configurationSet}\n${name}`;
      const dimensions = dimensionsOf(event, destination.dimensions);
      const fixed = { event: metricName(event), configuration_set: configurationSet, destination: name };
      const key = JSON.stringify([fixed, dimensions]);
      const isNew = !series.has(key);
      const isFull = isNew && (seriesOf.get(owner) ?? 0) >= MAX_SERIES;
      const shown = isFull ? mapValues(dimensions, () => OTHER) : dimensions;
      const shownKey = isFull ? JSON.stringify([fixed, shown]) : key;
      const known = series.get(shownKey) ?? { labels: { ...shown, ...fixed }, count: 0 };
      if (!series.has(shownKey)) seriesOf.set(owner, (seriesOf.get(owner) ?? 0) + 1);
      known.count += 1;
      series.set(shownKey, known);
      const added = Object.keys(dimensions).filter((label) => !labelNames.includes(label));
      if (added.length === 0) return;
      labelNames = [...labelNames, ...added];
      declare();
    },
  };
}

/** CloudWatch has no blank in `RenderingFailure`. */
function metricName({ eventType }: SesEvent): string {
  return eventType.replaceAll(' ', '');
}

function dimensionsOf(
  event: SesEvent,
  dimensions: readonly CloudWatchDimension[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    dimensions.map((dimension) => [labelOf(dimension.name), valueOf(event, dimension)]),
  );
}

/** Prometheus: letters, digits and `_`; no digit in front. */
function labelOf(name: string): string {
  const label = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_');
  return FIXED_LABELS.includes(label) ? `tag_${label}` : label;
}

function valueOf({ mail }: SesEvent, { name, valueSource, defaultValue }: CloudWatchDimension): string {
  switch (valueSource) {
    case 'MESSAGE_TAG':
      return mail.tags[name]?.[0] ?? defaultValue;
    case 'EMAIL_HEADER': {
      const field = mail.headers.find((each) => each.name.toLowerCase() === name.toLowerCase());
      return field?.value.slice(0, 256) ?? defaultValue;
    }
    // LINK_TAG: of clicks, which are not tracked.
    default:
      return defaultValue;
  }
}

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
