// The SES contract, as its clients see it: every operation that is served, through every client, on the built system.
import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { connectPolicyClient } from '@sealpost/policy-client';
import { eventually, startDnsServer, type DnsServer } from '@sealpost/testing';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { javascriptClients, pythonClient, type Call } from '../support/conformance/clients.ts';
import { namedTraps } from '../support/conformance/named-traps.ts';
import { servedOperations } from '../support/conformance/served-operations.ts';
import { titleOf, type ClientName, type Names, type Step } from '../support/conformance/step.ts';
import { storyOfV1 } from '../support/conformance/story-v1.ts';
import { storyOfV2 } from '../support/conformance/story-v2.ts';
import { arnOf, putSigner } from '../support/signers.ts';
import { startSystem, type System } from '../support/system.ts';
import { agentFor, sdkSettings } from '../support/sdk-settings.ts';

const CLIENTS = [
  { client: 'the AWS CLI', prefix: 'cli' },
  { client: 'boto3', prefix: 'boto3' },
  { client: '@aws-sdk/client-ses and client-sesv2', prefix: 'js' },
] as const;

describe('the SES contract', () => {
  let dns: DnsServer;
  let system: System;
  let settings: ReturnType<typeof sdkSettings>;
  const calls = new Map<string, Call>();
  const close: (() => unknown)[] = [];

  beforeAll(async () => {
    dns = await startDnsServer({});
    system = await startSystem({ env: { IDENTITY_VERIFICATION: 'required', DNS_SERVERS: dns.address } });
    await verify('sender.test');
    await putSigner(system, 'app', ['app@sender.test']);
    const caFile = system.env.AWS_CA_BUNDLE ?? '';
    const agent = await agentFor(system);
    settings = sdkSettings(system, agent);
    const place = { endpoint: settings.endpoint, caFile };
    for (const [prefix, client] of [
      ['cli', pythonClient('cli', place, system.env)],
      ['boto3', pythonClient('boto3', place, system.env)],
      ['js', javascriptClients(settings)],
    ] as const) {
      calls.set(prefix, client.call);
      close.push(() => client.close());
    }
    close.push(() => {
      agent.destroy();
    });
  });

  afterAll(async () => {
    for (const each of close) await each();
    await system.dispose();
    await dns.close();
  });

  /** As its owner does: the token that was told is published. */
  async function verify(domain: string): Promise<void> {
    const policies = await connectPolicyClient({ address: `127.0.0.1:${String(system.ports.policy)}` });
    const made = await policies.createIdentity(domain, {});
    if (made.kind !== 'identity') throw new Error(made.kind);
    dns.setZone({ [`_amazonses.${domain}`]: { TXT: [made.identity.verification.token] } });
    await eventually(
      async () => {
        const found = await policies.getIdentity(domain);
        return found.kind === 'identity' && found.identity.verification.status === 'SUCCESS';
      },
      { timeoutMs: 30_000, what: `${domain} verified through DNS` },
    );
    policies.close();
  }

  function arrived(subject: string): Promise<unknown> {
    return eventually(
      async () => (await system.inbox()).some(({ content }) => content.includes(`Subject: ${subject}\r\n`)),
      { what: `${subject} in the inbox` },
    );
  }

  async function play({ answer, error, arrives, ...step }: Step, prefix: string): Promise<void> {
    const outcome = await calls.get(prefix)?.(step);
    if (error === undefined) {
      expect(outcome).toMatchObject({ kind: 'answer', answer: answer ?? {} });
      if (arrives !== undefined) await arrived(arrives);
    } else if (outcome?.kind === 'error') {
      expect(withoutSuffix(outcome.code)).toBe(withoutSuffix(error.code));
      expect(outcome.status ?? error.status).toBe(error.status);
    } else expect.fail(`not refused: ${JSON.stringify(outcome)}`);
  }

  test('every operation that is served is called', () => {
    const names = namesOf('js');
    const called = [...storyOfV1(names), ...storyOfV2(names)].map(
      ({ api, operation }) => `${api} ${operation}`,
    );
    expect([...new Set(called)].sort()).toEqual(servedOperations());
  });

  test('each of the 56 traps has a test that names it', () => {
    const all = Array.from({ length: 56 }, (_each, index) => index + 1);
    const named = namedTraps();
    expect(all.filter((trap) => !named.has(trap))).toEqual([]);
  });

  describe.each(CLIENTS)('through $client', ({ prefix }) => {
    const names = namesOf(prefix);
    const steps = [...storyOfV1(names), ...storyOfV2(names)].filter(
      ({ notFor }) => notFor?.includes(prefix) !== true,
    );

    test.each(steps.map((step) => [titleOf(step), step] as const))('%s', (_title, step) =>
      play(step, prefix),
    );
  });

  test('trap 37: nodemailer’s SES transport verifies itself and sends', async () => {
    const sesClient = new SESv2Client(settings);
    const transport = createTransport({ SES: { sesClient, SendEmailCommand } } as never);
    expect(await transport.verify()).toBe(true);
    const Subject = 'by nodemailer';
    await transport.sendMail({
      from: 'app@sender.test',
      to: 'someone@receiver.test',
      bcc: 'hidden@receiver.test',
      subject: Subject,
      text: 'Hi',
      attachments: [{ filename: 'a.txt', content: 'attached' }],
    });
    await arrived(Subject);
    const mails = (await system.inbox()).filter(({ content }) => content.includes(`Subject: ${Subject}`));
    expect(mails.flatMap(({ envelope }) => envelope.recipients).sort()).toEqual([
      'hidden@receiver.test',
      'someone@receiver.test',
    ]);
    expect(mails.map(({ content }) => content.toString()).join()).not.toContain('hidden@');
    sesClient.destroy();
  });
});

function namesOf(prefix: ClientName): Names {
  return { prefix, from: 'app@sender.test', to: 'someone@receiver.test', certificateArn: arnOf('app') };
}

/** Clients add it, or not. */
function withoutSuffix(code: string): string {
  return code.replace(/Exception$/, '');
}
