// An event destination in the two spellings: `sns`, `SNSDestination.TopicARN` and lowerCamel types on v1,
// `SnsDestination.TopicArn` and upper-case types on v2; one stored value. Source: SES contract 1.5, 2.3, 1.3 (texts).
import type { CloudWatchDimension, EventDestination, EventSink } from '@sealpost/contracts';
import { ApiFault, type FaultCode } from '../api-fault.ts';
import { choice, flag, list, required, structure, text, type InputOf } from '../input/members.ts';
import type { XmlValue } from '../query/render-xml.ts';

const V1_TYPES = {
  send: 'SEND',
  reject: 'REJECT',
  bounce: 'BOUNCE',
  complaint: 'COMPLAINT',
  delivery: 'DELIVERY',
  open: 'OPEN',
  click: 'CLICK',
  renderingFailure: 'RENDERING_FAILURE',
} as const;
/** v1 knows fewer. */
const V2_TYPES = [...Object.values(V1_TYPES), 'DELIVERY_DELAY', 'SUBSCRIPTION'] as const;
const V1_SOURCES = { messageTag: 'MESSAGE_TAG', emailHeader: 'EMAIL_HEADER', linkTag: 'LINK_TAG' } as const;

// Object.keys gives up what the keys are.
function namesOf<T extends object>(words: T): readonly (keyof T & string)[] {
  return Object.keys(words) as (keyof T & string)[];
}

export const v1DestinationShape = {
  Name: required(text()),
  Enabled: flag(),
  MatchingEventTypes: required(list(choice(...namesOf(V1_TYPES)))),
  KinesisFirehoseDestination: structure({
    IAMRoleARN: required(text()),
    DeliveryStreamARN: required(text()),
  }),
  CloudWatchDestination: structure({
    DimensionConfigurations: required(
      list(
        structure({
          DimensionName: required(text()),
          DimensionValueSource: required(choice(...namesOf(V1_SOURCES))),
          DefaultDimensionValue: required(text()),
        }),
      ),
    ),
  }),
  SNSDestination: structure({ TopicARN: required(text()) }),
};

export const v2DestinationShape = {
  Enabled: flag(),
  MatchingEventTypes: list(choice(...V2_TYPES)),
  KinesisFirehoseDestination: structure({
    IamRoleArn: required(text()),
    DeliveryStreamArn: required(text()),
  }),
  CloudWatchDestination: structure({
    DimensionConfigurations: required(
      list(
        structure({
          DimensionName: required(text()),
          DimensionValueSource: required(choice(...Object.values(V1_SOURCES))),
          DefaultDimensionValue: required(text()),
        }),
      ),
    ),
  }),
  SnsDestination: structure({ TopicArn: required(text()) }),
  EventBridgeDestination: structure({ EventBusArn: required(text()) }),
  PinpointDestination: structure({ ApplicationArn: text() }),
};

export function fromV1Destination(input: InputOf<typeof v1DestinationShape>): EventDestination {
  const {
    KinesisFirehoseDestination: firehose,
    CloudWatchDestination: cloudWatch,
    SNSDestination: sns,
  } = input;
  const sink = onlySink([
    sns && { kind: 'sns', topicArn: sns.TopicARN },
    firehose && {
      kind: 'firehose',
      iamRoleArn: firehose.IAMRoleARN,
      deliveryStreamArn: firehose.DeliveryStreamARN,
    },
    cloudWatch && {
      kind: 'cloudWatch',
      dimensions: cloudWatch.DimensionConfigurations.map((each) => ({
        name: each.DimensionName,
        valueSource: V1_SOURCES[each.DimensionValueSource],
        defaultValue: each.DefaultDimensionValue,
      })),
    },
  ]);
  return {
    name: input.Name,
    isEnabled: input.Enabled === true,
    eventTypes: input.MatchingEventTypes.map((each) => V1_TYPES[each]),
    sink,
  };
}

export function fromV2Destination(name: string, input: InputOf<typeof v2DestinationShape>): EventDestination {
  const { KinesisFirehoseDestination: firehose, CloudWatchDestination: cloudWatch } = input;
  if (input.PinpointDestination !== undefined)
    throw new ApiFault('validation', 'Pinpoint destinations are not supported.');
  const sink = onlySink([
    input.SnsDestination && { kind: 'sns', topicArn: input.SnsDestination.TopicArn },
    input.EventBridgeDestination && {
      kind: 'eventBridge',
      eventBusArn: input.EventBridgeDestination.EventBusArn,
    },
    firehose && {
      kind: 'firehose',
      iamRoleArn: firehose.IamRoleArn,
      deliveryStreamArn: firehose.DeliveryStreamArn,
    },
    cloudWatch && {
      kind: 'cloudWatch',
      dimensions: cloudWatch.DimensionConfigurations.map((each) => ({
        name: each.DimensionName,
        valueSource: each.DimensionValueSource,
        defaultValue: each.DefaultDimensionValue,
      })),
    },
  ]);
  return { name, isEnabled: input.Enabled === true, eventTypes: input.MatchingEventTypes, sink };
}

function onlySink(given: readonly (EventSink | undefined)[]): EventSink {
  const [sink, ...more] = given.filter((each) => each !== undefined);
  if (sink !== undefined && more.length === 0) return sink;
  throw new ApiFault(
    'invalid-parameter',
    'Please provide only one destination with each request. Either a Firehose Destination or a Cloudwatch ' +
      'Destination or an SNS Destination or an EventBridge Destination.',
  );
}

/** The modelled error of v1 for a sink that is not good. */
export const SINK_FAULTS: Readonly<Record<EventSink['kind'], FaultCode>> = {
  sns: 'invalid-sns-destination',
  firehose: 'invalid-firehose-destination',
  cloudWatch: 'invalid-cloud-watch-destination',
  eventBridge: 'invalid-parameter',
};

/** What v1 has no words for is left out. */
export function v1Destination({ name, isEnabled, eventTypes, sink }: EventDestination): XmlValue {
  return {
    Name: name,
    Enabled: isEnabled,
    MatchingEventTypes: Object.entries(V1_TYPES)
      .filter(([, type]) => eventTypes.includes(type))
      .map(([word]) => word),
    ...v1Sink(sink),
  };
}

function v1Sink(sink: EventSink): Readonly<Record<string, XmlValue>> {
  switch (sink.kind) {
    case 'sns':
      return { SNSDestination: { TopicARN: sink.topicArn } };
    case 'firehose':
      return {
        KinesisFirehoseDestination: {
          IAMRoleARN: sink.iamRoleArn,
          DeliveryStreamARN: sink.deliveryStreamArn,
        },
      };
    case 'cloudWatch':
      return {
        CloudWatchDestination: {
          DimensionConfigurations: sink.dimensions.map((each) => shownDimension(each, v1Source(each))),
        },
      };
    case 'eventBridge':
      return {};
  }
}

function v1Source({ valueSource }: CloudWatchDimension): string {
  const found = Object.entries(V1_SOURCES).find(([, source]) => source === valueSource);
  return found?.[0] ?? valueSource;
}

function shownDimension({ name, defaultValue }: CloudWatchDimension, source: string) {
  return { DimensionName: name, DimensionValueSource: source, DefaultDimensionValue: defaultValue };
}

export function v2Destination({ name, isEnabled, eventTypes, sink }: EventDestination): object {
  return { Name: name, Enabled: isEnabled, MatchingEventTypes: eventTypes, ...v2Sink(sink) };
}

function v2Sink(sink: EventSink): object {
  switch (sink.kind) {
    case 'sns':
      return { SnsDestination: { TopicArn: sink.topicArn } };
    case 'firehose':
      return {
        KinesisFirehoseDestination: {
          IamRoleArn: sink.iamRoleArn,
          DeliveryStreamArn: sink.deliveryStreamArn,
        },
      };
    case 'cloudWatch':
      return {
        CloudWatchDestination: {
          DimensionConfigurations: sink.dimensions.map((each) => shownDimension(each, each.valueSource)),
        },
      };
    case 'eventBridge':
      return { EventBridgeDestination: { EventBusArn: sink.eventBusArn } };
  }
}
