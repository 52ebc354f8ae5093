// What an event destination must be. Source: SES contract 1.3 (texts), 2.3, 6.5, 7.
import type { EventDestination, EventSink } from '@sealpost/contracts';

export const MAX_DESTINATIONS = 10;
const MAX_DIMENSIONS = 10;

const EVENT_TYPES = new Set([
  'SEND',
  'REJECT',
  'BOUNCE',
  'COMPLAINT',
  'DELIVERY',
  'OPEN',
  'CLICK',
  'RENDERING_FAILURE',
  'DELIVERY_DELAY',
  'SUBSCRIPTION',
]);
const VALUE_SOURCES = new Set(['MESSAGE_TAG', 'EMAIL_HEADER', 'LINK_TAG']);

/** What is wrong with one, in SES's words, or undefined. */
export function destinationFault({ name, eventTypes, sink }: EventDestination): string | undefined {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) return `Invalid event destination name <${printable(name)}>.`;
  if (eventTypes.length === 0) return 'At least one event type must be specified.';
  const unknown = eventTypes.find((each) => !EVENT_TYPES.has(each));
  if (unknown !== undefined) return `Invalid event type <${printable(unknown)}>.`;
  return sinkFault(sink);
}

function sinkFault(sink: EventSink): string | undefined {
  switch (sink.kind) {
    case 'sns':
      return arnFault(sink.topicArn, 'sns', 'SNS topic');
    case 'firehose':
      return (
        arnFault(sink.iamRoleArn, 'iam', 'IAM role') ??
        arnFault(sink.deliveryStreamArn, 'firehose', 'Firehose delivery stream')
      );
    case 'cloudWatch': {
      const { dimensions } = sink;
      if (dimensions.length < 1 || dimensions.length > MAX_DIMENSIONS)
        return `A CloudWatch destination must have 1 to ${MAX_DIMENSIONS} dimensions.`;
      return dimensions.every(isDimension) ? undefined : 'Invalid CloudWatch dimension configuration.';
    }
    case 'eventBridge':
      return arnFault(sink.eventBusArn, 'events', 'EventBridge bus');
  }
}

/** `arn:partition:service:region:account:resource`; what it stands for is the operator's to say. */
function arnFault(arn: string, service: string, what: string): string | undefined {
  const [scheme, partition = '', named, , , ...resource] = arn.split(':');
  const isArn =
    scheme === 'arn' && /^aws[a-z-]*$/.test(partition) && named === service && resource.join(':') !== '';
  return isArn && arn.length <= 2048 && !/\s/.test(arn)
    ? undefined
    : `Invalid ${what} ARN <${printable(arn)}>.`;
}

function isDimension({
  name,
  valueSource,
  defaultValue,
}: Extract<EventSink, { kind: 'cloudWatch' }>['dimensions'][number]): boolean {
  return (
    VALUE_SOURCES.has(valueSource) &&
    /^[A-Za-z0-9_:-]{1,256}$/.test(name) &&
    /^[A-Za-z0-9_@.-]{1,256}$/.test(defaultValue)
  );
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
}
