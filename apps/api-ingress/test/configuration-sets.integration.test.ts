import * as v1 from '@aws-sdk/client-ses';
import * as v2 from '@aws-sdk/client-sesv2';
import { eventually } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type RunningApi } from './support/start-api.ts';

const TOPIC = 'arn:aws:sns:us-east-1:111122223333:topic';

describe('configuration sets, the account and templates behind v1 and v2', () => {
  let api: RunningApi;
  let ses: v1.SESClient;
  let sesv2: v2.SESv2Client;

  beforeAll(async () => {
    api = await startApi({ hasRealDoor: true });
    ses = new v1.SESClient(api.settings());
    sesv2 = new v2.SESv2Client(api.settings());
    api.dns.setZone({ 'x.test': 'NXDOMAIN' });
    await sesv2.send(new v2.CreateEmailIdentityCommand({ EmailIdentity: 'a@x.test' }));
    const link = api.links.get('a@x.test') ?? '';
    expect((await api.get(link)).status).toBe(200);
  });

  afterAll(async () => {
    ses.destroy();
    sesv2.destroy();
    await api.close();
  });

  const create = (input: v2.CreateConfigurationSetCommandInput) =>
    sesv2.send(new v2.CreateConfigurationSetCommand(input));
  const get = (ConfigurationSetName: string) =>
    sesv2.send(new v2.GetConfigurationSetCommand({ ConfigurationSetName }));
  const mail = { Subject: { Data: 'Hi' }, Body: { Text: { Data: 'Hi' } } };
  const sendV1 = (ConfigurationSetName?: string) =>
    ses.send(
      new v1.SendEmailCommand({
        Source: 'a@x.test',
        Destination: { ToAddresses: ['b@y.test'] },
        Message: mail,
        ...(ConfigurationSetName === undefined ? {} : { ConfigurationSetName }),
      }),
    );
  const sendV2 = (ConfigurationSetName?: string) =>
    sesv2.send(
      new v2.SendEmailCommand({
        FromEmailAddress: 'a@x.test',
        Destination: { ToAddresses: ['b@y.test'] },
        Content: { Simple: mail },
        ...(ConfigurationSetName === undefined ? {} : { ConfigurationSetName }),
      }),
    );

  test('trap 14: a set is made with all of its blocks, and told with them', async () => {
    await sesv2.send(new v2.CreateDedicatedIpPoolCommand({ PoolName: 'pool' }));
    await create({
      ConfigurationSetName: 'whole',
      DeliveryOptions: { TlsPolicy: 'REQUIRE', MaxDeliverySeconds: 300, SendingPoolName: 'pool' },
      SendingOptions: { SendingEnabled: true },
      ReputationOptions: { ReputationMetricsEnabled: true },
      TrackingOptions: { CustomRedirectDomain: 'click.x.test', HttpsPolicy: 'REQUIRE' },
      SuppressionOptions: { SuppressedReasons: ['BOUNCE'] },
      Tags: [{ Key: 'team', Value: 'a' }],
    });
    expect(await get('whole')).toMatchObject({
      ConfigurationSetName: 'whole',
      DeliveryOptions: { TlsPolicy: 'REQUIRE', MaxDeliverySeconds: 300, SendingPoolName: 'pool' },
      SendingOptions: { SendingEnabled: true },
      ReputationOptions: { ReputationMetricsEnabled: true },
      TrackingOptions: { CustomRedirectDomain: 'click.x.test', HttpsPolicy: 'REQUIRE' },
      SuppressionOptions: { SuppressedReasons: ['BOUNCE'] },
      Tags: [{ Key: 'team', Value: 'a' }],
    });
    const described = await ses.send(
      new v1.DescribeConfigurationSetCommand({
        ConfigurationSetName: 'whole',
        ConfigurationSetAttributeNames: ['trackingOptions', 'reputationOptions'],
      }),
    );
    expect(described.TrackingOptions).toEqual({ CustomRedirectDomain: 'click.x.test' });
    expect(described.ReputationOptions).toMatchObject({
      SendingEnabled: true,
      ReputationMetricsEnabled: true,
    });
    expect(described.DeliveryOptions).toBeUndefined();
  });

  test('trap 51: an empty block is false, an absent one is SES’s default', async () => {
    await create({ ConfigurationSetName: 'empty-block', SendingOptions: {} });
    expect((await get('empty-block')).SendingOptions?.SendingEnabled).toBe(false);
    await create({ ConfigurationSetName: 'no-block' });
    expect((await get('no-block')).SendingOptions?.SendingEnabled).toBe(true);
    await sesv2.send(new v2.PutConfigurationSetSendingOptionsCommand({ ConfigurationSetName: 'no-block' }));
    expect((await get('no-block')).SendingOptions?.SendingEnabled).toBe(false);
  });

  test('trap 11: mail of a paused set is refused on both, and goes on when it is resumed', async () => {
    await create({ ConfigurationSetName: 'paused' });
    expect((await sendV1('paused')).MessageId).toBeDefined();
    await ses.send(
      new v1.UpdateConfigurationSetSendingEnabledCommand({ ConfigurationSetName: 'paused', Enabled: false }),
    );
    await expect(sendV1('paused')).rejects.toBeInstanceOf(v1.ConfigurationSetSendingPausedException);
    await expect(sendV1('paused')).rejects.toMatchObject({ ConfigurationSetName: 'paused' });
    await expect(sendV2('paused')).rejects.toBeInstanceOf(v2.SendingPausedException);
    await sesv2.send(
      new v2.PutConfigurationSetSendingOptionsCommand({
        ConfigurationSetName: 'paused',
        SendingEnabled: true,
      }),
    );
    expect((await sendV2('paused')).MessageId).toBeDefined();
    expect((await get('paused')).ReputationOptions?.LastFreshStart).toBeInstanceOf(Date);
  });

  test('trap 18: a paused account refuses all mail, and the operation has no result element', async () => {
    await ses.send(new v1.UpdateAccountSendingEnabledCommand({ Enabled: false }));
    await expect(sendV1()).rejects.toBeInstanceOf(v1.AccountSendingPausedException);
    await expect(sendV2()).rejects.toMatchObject({ name: 'SendingPausedException' });
    expect((await sesv2.send(new v2.GetAccountCommand({}))).SendingEnabled).toBe(false);
    await sesv2.send(new v2.PutAccountSendingAttributesCommand({ SendingEnabled: true }));
    expect((await ses.send(new v1.GetAccountSendingEnabledCommand({}))).Enabled).toBe(true);
    expect((await sendV1()).MessageId).toBeDefined();
  });

  test('mail that names no set goes by that of its identity', async () => {
    await create({ ConfigurationSetName: 'of-identity', SendingOptions: { SendingEnabled: false } });
    const put = (ConfigurationSetName?: string) =>
      sesv2.send(
        new v2.PutEmailIdentityConfigurationSetAttributesCommand({
          EmailIdentity: 'a@x.test',
          ...(ConfigurationSetName === undefined ? {} : { ConfigurationSetName }),
        }),
      );
    await put('of-identity');
    await expect(sendV2()).rejects.toMatchObject({ name: 'SendingPausedException' });
    await expect(put('none')).rejects.toBeInstanceOf(v2.NotFoundException);
    await put();
    await eventually(async () => (await sendV2()).MessageId !== undefined);
  });

  test.each([
    [
      { TlsPolicy: 'Require' as 'REQUIRE' },
      "Value at 'tlsPolicy' failed to satisfy constraint: Member must satisfy enum value set: [OPTIONAL, REQUIRE]",
    ],
    [{ MaxDeliverySeconds: 299 }, 'Member must have value greater than or equal to 300'],
    [{ MaxDeliverySeconds: 50_401 }, 'Member must have value less than or equal to 50400'],
    [{ SendingPoolName: '' }, "sendingPoolName can't be blank."],
    [{ SendingPoolName: 'absent' }, "SendingPool <absent> doesn't exist"],
  ])('4.2 row 52: delivery options %j are refused', async (options, words) => {
    await expect(
      sesv2.send(
        new v2.PutConfigurationSetDeliveryOptionsCommand({ ConfigurationSetName: 'whole', ...options }),
      ),
    ).rejects.toMatchObject({
      name: 'BadRequestException',
      message: expect.stringContaining(words) as string,
    });
  });

  test('a create that is refused leaves nothing behind', async () => {
    await expect(
      create({
        ConfigurationSetName: 'never',
        TrackingOptions: { HttpsPolicy: 'REQUIRE' } as v2.TrackingOptions,
      }),
    ).rejects.toMatchObject({ message: 'CustomRedirectDomain must be specified.' });
    await expect(
      create({
        ConfigurationSetName: 'never',
        MessageSecurityOptions: { SigningScheme: {} as v2.SigningScheme },
      }),
    ).rejects.toMatchObject({
      name: 'BadRequestException',
      message: 'SigningScheme must have exactly one of DefaultScheme and SmimeScheme.',
    });
    await expect(get('never')).rejects.toBeInstanceOf(v2.NotFoundException);
  });

  test('2.3: S/MIME is switched on and off for a set, and what an update leaves out stays', async () => {
    const smime = { SigningScheme: { SmimeScheme: { SignatureFormat: 'DETACHED' as const } } };
    const update = (MessageSecurityOptions: v2.MessageSecurityOptions | undefined) =>
      sesv2.send(
        new v2.UpdateConfigurationSetCommand({ ConfigurationSetName: 'signing', MessageSecurityOptions }),
      );
    await create({ ConfigurationSetName: 'unsaid' });
    expect((await get('unsaid')).MessageSecurityOptions).toBeUndefined();
    await create({ ConfigurationSetName: 'signing', MessageSecurityOptions: smime });
    expect((await get('signing')).MessageSecurityOptions).toEqual(smime);
    for (const nothing of [undefined, {}]) await update(nothing);
    expect((await get('signing')).MessageSecurityOptions).toEqual(smime);
    await update({ SigningScheme: { DefaultScheme: {} } });
    expect((await get('signing')).MessageSecurityOptions).toEqual({ SigningScheme: { DefaultScheme: {} } });
    await update({ SigningScheme: { SmimeScheme: {} } });
    expect((await get('signing')).MessageSecurityOptions).toEqual(smime);
    const opaque = { SmimeScheme: { SignatureFormat: 'OPAQUE' } } as unknown as v2.SigningScheme;
    await expect(update({ SigningScheme: opaque })).rejects.toMatchObject({ name: 'BadRequestException' });
    await expect(
      sesv2.send(new v2.UpdateConfigurationSetCommand({ ConfigurationSetName: 'absent' })),
    ).rejects.toBeInstanceOf(v2.NotFoundException);
  });

  test('options are put one by one, and an unknown set is told', async () => {
    await create({ ConfigurationSetName: 'parts' });
    const ConfigurationSetName = 'parts';
    await sesv2.send(
      new v2.PutConfigurationSetReputationOptionsCommand({
        ConfigurationSetName,
        ReputationMetricsEnabled: true,
      }),
    );
    await sesv2.send(
      new v2.PutConfigurationSetSuppressionOptionsCommand({ ConfigurationSetName, SuppressedReasons: [] }),
    );
    await ses.send(
      new v1.CreateConfigurationSetTrackingOptionsCommand({
        ConfigurationSetName,
        TrackingOptions: { CustomRedirectDomain: 'c.x.test' },
      }),
    );
    expect(await get('parts')).toMatchObject({
      ReputationOptions: { ReputationMetricsEnabled: true },
      SuppressionOptions: { SuppressedReasons: [] },
      TrackingOptions: { CustomRedirectDomain: 'c.x.test' },
    });
    await ses.send(new v1.DeleteConfigurationSetTrackingOptionsCommand({ ConfigurationSetName }));
    await expect(
      ses.send(new v1.DeleteConfigurationSetTrackingOptionsCommand({ ConfigurationSetName })),
    ).rejects.toBeInstanceOf(v1.TrackingOptionsDoesNotExistException);
    await expect(
      ses.send(
        new v1.UpdateConfigurationSetReputationMetricsEnabledCommand({
          ConfigurationSetName: 'none',
          Enabled: true,
        }),
      ),
    ).rejects.toBeInstanceOf(v1.ConfigurationSetDoesNotExistException);
  });

  test('event destinations are one store behind both spellings', async () => {
    const ConfigurationSetName = 'events';
    await create({ ConfigurationSetName });
    await ses.send(
      new v1.CreateConfigurationSetEventDestinationCommand({
        ConfigurationSetName,
        EventDestination: {
          Name: 'first',
          Enabled: true,
          MatchingEventTypes: ['send', 'renderingFailure'],
          SNSDestination: { TopicARN: TOPIC },
        },
      }),
    );
    const EventDestination = {
      MatchingEventTypes: ['DELIVERY_DELAY', 'BOUNCE'] as v2.EventType[],
      CloudWatchDestination: {
        DimensionConfigurations: [
          {
            DimensionName: 'campaign',
            DimensionValueSource: 'MESSAGE_TAG' as const,
            DefaultDimensionValue: 'none',
          },
        ],
      },
    };
    const second = { ConfigurationSetName, EventDestinationName: 'second', EventDestination };
    await sesv2.send(new v2.CreateConfigurationSetEventDestinationCommand(second));
    const told = await sesv2.send(
      new v2.GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName }),
    );
    expect(told.EventDestinations).toEqual([
      {
        Name: 'first',
        Enabled: true,
        MatchingEventTypes: ['SEND', 'RENDERING_FAILURE'],
        SnsDestination: { TopicArn: TOPIC },
      },
      { Name: 'second', Enabled: false, ...EventDestination },
    ]);
    const described = await ses.send(
      new v1.DescribeConfigurationSetCommand({
        ConfigurationSetName,
        ConfigurationSetAttributeNames: ['eventDestinations'],
      }),
    );
    expect(described.EventDestinations?.[1]).toEqual({
      Name: 'second',
      Enabled: false,
      MatchingEventTypes: ['bounce'],
      CloudWatchDestination: {
        DimensionConfigurations: [
          {
            DimensionName: 'campaign',
            DimensionValueSource: 'messageTag',
            DefaultDimensionValue: 'none',
          },
        ],
      },
    });
    await expect(
      sesv2.send(new v2.CreateConfigurationSetEventDestinationCommand(second)),
    ).rejects.toMatchObject({
      name: 'AlreadyExistsException',
      message: 'An event destination with name <second> already exists for configuration set <events>.',
    });
    await sesv2.send(
      new v2.UpdateConfigurationSetEventDestinationCommand({
        ...second,
        EventDestination: { ...EventDestination, Enabled: true },
      }),
    );
    await ses.send(
      new v1.DeleteConfigurationSetEventDestinationCommand({
        ConfigurationSetName,
        EventDestinationName: 'first',
      }),
    );
    const left = await sesv2.send(
      new v2.GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName }),
    );
    expect(left.EventDestinations).toMatchObject([{ Name: 'second', Enabled: true }]);
    await expect(
      ses.send(
        new v1.DeleteConfigurationSetEventDestinationCommand({
          ConfigurationSetName,
          EventDestinationName: 'first',
        }),
      ),
    ).rejects.toBeInstanceOf(v1.EventDestinationDoesNotExistException);
  });

  test.each([
    [
      { MatchingEventTypes: [], SNSDestination: { TopicARN: TOPIC } },
      'InvalidParameterValue',
      'At least one event type must be specified.',
    ],
    [
      { MatchingEventTypes: ['send'], SNSDestination: { TopicARN: 'http://169.254.169.254/' } },
      'InvalidSNSDestinationException',
      'Invalid SNS topic ARN',
    ],
    [
      { MatchingEventTypes: ['send'] },
      'InvalidParameterValue',
      'Please provide only one destination with each request.',
    ],
    [
      {
        MatchingEventTypes: ['send'],
        SNSDestination: { TopicARN: TOPIC },
        KinesisFirehoseDestination: { IAMRoleARN: 'a', DeliveryStreamARN: 'b' },
      },
      'InvalidParameterValue',
      'Please provide only one destination',
    ],
  ])('4.2 row 55: the event destination %j is refused', async (destination, name, words) => {
    await expect(
      ses.send(
        new v1.CreateConfigurationSetEventDestinationCommand({
          ConfigurationSetName: 'whole',
          EventDestination: { Name: 'bad', ...destination } as v1.EventDestination,
        }),
      ),
    ).rejects.toMatchObject({ name, message: expect.stringContaining(words) as string });
  });

  test('tags are put, listed and removed by ARN', async () => {
    const ResourceArn = 'arn:aws:ses:us-east-1:111122223333:configuration-set/whole';
    await sesv2.send(new v2.TagResourceCommand({ ResourceArn, Tags: [{ Key: 'k 1', Value: '' }] }));
    const list = () => sesv2.send(new v2.ListTagsForResourceCommand({ ResourceArn }));
    expect((await list()).Tags).toEqual([
      { Key: 'team', Value: 'a' },
      { Key: 'k 1', Value: '' },
    ]);
    await sesv2.send(new v2.UntagResourceCommand({ ResourceArn, TagKeys: ['team', 'k 1'] }));
    expect((await list()).Tags).toEqual([]);
    await expect(
      sesv2.send(new v2.ListTagsForResourceCommand({ ResourceArn: ResourceArn.replace('whole', 'none') })),
    ).rejects.toBeInstanceOf(v2.NotFoundException);
  });

  test('trap 17: templates are one store, with timestamps that each protocol reads', async () => {
    const Template = {
      TemplateName: 'welcome',
      SubjectPart: 'Hi {{name}}',
      TextPart: '{{#if vip}}VIP {{/if}}{{name}}',
      HtmlPart: '<p>{{name}}</p>',
    };
    await ses.send(new v1.CreateTemplateCommand({ Template }));
    await expect(ses.send(new v1.CreateTemplateCommand({ Template }))).rejects.toMatchObject({
      name: 'AlreadyExistsException',
      Name: 'welcome',
      message: 'Template welcome already exists.',
    });
    expect(await sesv2.send(new v2.GetEmailTemplateCommand({ TemplateName: 'welcome' }))).toMatchObject({
      TemplateContent: { Subject: 'Hi {{name}}', Html: '<p>{{name}}</p>' },
      Tags: [],
    });
    const listed = await ses.send(new v1.ListTemplatesCommand({}));
    expect(listed.TemplatesMetadata?.[0]?.CreatedTimestamp).toBeInstanceOf(Date);
    const v2Listed = await sesv2.send(new v2.ListEmailTemplatesCommand({}));
    expect(v2Listed.TemplatesMetadata?.[0]?.CreatedTimestamp?.getTime()).toBeGreaterThan(1.7e12);
    await sesv2.send(
      new v2.UpdateEmailTemplateCommand({
        TemplateName: 'welcome',
        TemplateContent: { Subject: 'Hello {{name}}', Text: 'T {{name}}' },
      }),
    );
    expect((await ses.send(new v1.GetTemplateCommand({ TemplateName: 'welcome' }))).Template).toEqual({
      TemplateName: 'welcome',
      SubjectPart: 'Hello {{name}}',
      TextPart: 'T {{name}}',
    });
  });

  test('a template is rendered to a message, and what is missing is named', async () => {
    const render = (TemplateData: string) =>
      sesv2.send(new v2.TestRenderEmailTemplateCommand({ TemplateName: 'welcome', TemplateData }));
    const { RenderedTemplate } = await render('{"name":"<Ann>"}');
    expect(RenderedTemplate).toMatch(/^Subject: Hello <Ann>\r$/m);
    expect(RenderedTemplate).toMatch(/\r\n\r\nT <Ann>/);
    await expect(render('{}')).rejects.toMatchObject({
      name: 'BadRequestException',
      message: "Attribute 'name' is not present in the rendering data.",
    });
    const renderV1 = (TemplateName: string, TemplateData: string) =>
      ses.send(new v1.TestRenderTemplateCommand({ TemplateName, TemplateData }));
    await expect(renderV1('welcome', '{}')).rejects.toBeInstanceOf(v1.MissingRenderingAttributeException);
    await expect(renderV1('welcome', '{')).rejects.toBeInstanceOf(v1.InvalidRenderingParameterException);
    await expect(renderV1('none', '{}')).rejects.toMatchObject({
      name: 'TemplateDoesNotExistException',
      message: 'Template none does not exist.',
    });
  });

  test('a template that is none is refused, one that is away is deleted on v1 and told on v2', async () => {
    await expect(
      ses.send(
        new v1.CreateTemplateCommand({
          Template: { TemplateName: 'bad', SubjectPart: 's', TextPart: '{{a' },
        }),
      ),
    ).rejects.toBeInstanceOf(v1.InvalidTemplateException);
    await expect(
      sesv2.send(
        new v2.CreateEmailTemplateCommand({ TemplateName: 'no parts', TemplateContent: { Subject: 's' } }),
      ),
    ).rejects.toMatchObject({ name: 'BadRequestException' });
    await ses.send(new v1.DeleteTemplateCommand({ TemplateName: 'welcome' }));
    await ses.send(new v1.DeleteTemplateCommand({ TemplateName: 'welcome' }));
    await expect(
      sesv2.send(new v2.DeleteEmailTemplateCommand({ TemplateName: 'welcome' })),
    ).rejects.toBeInstanceOf(v2.NotFoundException);
  });
});
