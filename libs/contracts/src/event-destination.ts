// Event destinations of a configuration set: our vocabulary ↔ protobuf.
import type { EventDestination as DestinationRecord } from './generated/policy/v1/policy.ts';

export interface CloudWatchDimension {
  readonly name: string;
  readonly valueSource: string;
  readonly defaultValue: string;
}

export type EventSink =
  | { readonly kind: 'sns'; readonly topicArn: string }
  | { readonly kind: 'firehose'; readonly iamRoleArn: string; readonly deliveryStreamArn: string }
  | { readonly kind: 'cloudWatch'; readonly dimensions: readonly CloudWatchDimension[] }
  | { readonly kind: 'eventBridge'; readonly eventBusArn: string };

export interface EventDestination {
  readonly name: string;
  readonly isEnabled: boolean;
  /** In the words of SES v2: `SEND`, `BOUNCE`, `DELIVERY_DELAY`, … */
  readonly eventTypes: readonly string[];
  readonly sink: EventSink;
}

export function toDestinationRecord({ sink, ...destination }: EventDestination): DestinationRecord {
  return {
    name: destination.name,
    isEnabled: destination.isEnabled,
    eventTypes: [...destination.eventTypes],
    sink: toSinkRecord(sink),
  };
}

/** Undefined for a sink that is not known: nothing could be sent there. */
export function fromDestinationRecord(record: DestinationRecord): EventDestination | undefined {
  const { name, isEnabled, eventTypes } = record;
  return record.sink === undefined
    ? undefined
    : { name, isEnabled, eventTypes, sink: fromSinkRecord(record.sink) };
}

type SinkRecord = NonNullable<DestinationRecord['sink']>;

function toSinkRecord(sink: EventSink): SinkRecord {
  switch (sink.kind) {
    case 'sns':
      return { $case: 'sns', value: { topicArn: sink.topicArn } };
    case 'firehose':
      return {
        $case: 'firehose',
        value: { iamRoleArn: sink.iamRoleArn, deliveryStreamArn: sink.deliveryStreamArn },
      };
    case 'cloudWatch':
      return { $case: 'cloudWatch', value: { dimensions: [...sink.dimensions] } };
    case 'eventBridge':
      return { $case: 'eventBridge', value: { eventBusArn: sink.eventBusArn } };
  }
}

function fromSinkRecord(sink: SinkRecord): EventSink {
  switch (sink.$case) {
    case 'sns':
      return { kind: 'sns', topicArn: sink.value.topicArn };
    case 'firehose':
      return { kind: 'firehose', ...sink.value };
    case 'cloudWatch':
      return { kind: 'cloudWatch', dimensions: sink.value.dimensions };
    case 'eventBridge':
      return { kind: 'eventBridge', eventBusArn: sink.value.eventBusArn };
  }
}
