import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { NODE_FLAGS } from './node-flags.ts';
import { passedOn } from './passed-on.ts';
import type { ProcessPlan } from './processes/process-plan.ts';
import { planInbox, planServices, type ServiceFacts, type ServicePlans } from './services.ts';
import { formatWelcome } from './welcome.ts';

function facts(env: NodeJS.ProcessEnv): ServiceFacts {
  return {
    config: readConfig(env, '/project'),
    credential: { accessKeyId: 'AKIATEST', secretAccessKey: 'the-secret' },
    certificate: { certFile: '/c.pem', keyFile: '/k.pem' },
    localCertificate: { certFile: '/local.pem', keyFile: '/local.key' },
    natsUrl: 'nats://127.0.0.1:4222',
    redisUrl: 'redis://127.0.0.1:6379',
    inboxPort: 2525,
    projectDir: '/project',
    env,
  };
}

/** Of the first copy of each. */
function plansOf(env: NodeJS.ProcessEnv): Record<keyof ServicePlans, ProcessPlan> {
  const { policyService, smtpIngress, apiIngress, mxDelivery } = planServices(facts(env));
  return {
    policyService: first(policyService),
    smtpIngress: first(smtpIngress),
    apiIngress: first(apiIngress),
    mxDelivery: first(mxDelivery),
  };
}

function first(plans: readonly ProcessPlan[]): ProcessPlan {
  const [plan] = plans;
  if (plan === undefined) throw new Error('no plan');
  return plan;
}

test('the secret key goes to policy-service only', () => {
  const given = { SEALPOST_ACCESS_KEY_ID: 'AKIATEST', SEALPOST_SECRET_ACCESS_KEY: 'the-secret' };
  const env = { ...given, AWS_SECRET_ACCESS_KEY: 'the-secret', SMTP_PASSWORD: 'the-secret' };
  const { policyService, ...others } = plansOf(env);
  expect(policyService.env.SEALPOST_SECRET_ACCESS_KEY).toBe('the-secret');
  for (const plan of [...Object.values(others), planInbox(facts(env))]) {
    expect(JSON.stringify([plan.args, plan.env])).not.toContain('the-secret');
  }
});

test('services get their ports, engines and the operator’s other settings', () => {
  const { mxDelivery, smtpIngress, apiIngress } = plansOf({ RETRY_SCHEDULE: '1s', npm_config_x: 'y' });
  expect(mxDelivery.env).toMatchObject({
    NATS_URL: 'nats://127.0.0.1:4222',
    REDIS_URL: 'redis://127.0.0.1:6379',
    OPERATIONS_PORT: '9104',
    SMARTHOST: '127.0.0.1:2525',
    RETRY_SCHEDULE: '1s',
  });
  expect(mxDelivery.env).not.toHaveProperty('npm_config_x');
  expect(smtpIngress.env).toMatchObject({ SMTP_STARTTLS_PORTS: '2587', IDENTITY_VERIFICATION: 'off' });
  expect(apiIngress.env).toMatchObject({
    API_PORT: '8443',
    TLS_CERT_FILE: '/c.pem',
    TLS_PROFILE: 'ses-classic',
  });
});

test('large content goes to a folder, unless the services may be on several machines or the operator says otherwise', () => {
  const folderOf = (env: NodeJS.ProcessEnv) => {
    const { smtpIngress, apiIngress, mxDelivery } = plansOf(env);
    return [smtpIngress, apiIngress, mxDelivery].map((plan) => plan.env.CONTENT_FOLDER);
  };
  const ours = path.join(readConfig({}, '/project').dataDir, 'content');
  expect(folderOf({})).toEqual([ours, ours, ours]);
  expect(folderOf({ CONTENT_FOLDER: '/mnt/mail' })).toEqual(['/mnt/mail', '/mnt/mail', '/mnt/mail']);
  expect(folderOf({ NATS_URL: 'nats://elsewhere:4222' })).toEqual([undefined, undefined, undefined]);
});

test('images start the services with the same flags', async () => {
  const dockerfile = await readFile(path.join(import.meta.dirname, '../../../Dockerfile'), 'utf8');
  for (const [name, flags] of Object.entries(NODE_FLAGS)) {
    const stage = new RegExp(`^FROM runtime AS ${name}$([^]*?)(?:^FROM|(?![^]))`, 'm').exec(dockerfile)?.[1];
    const command = flags.length === 0 ? [] : ['node', ...flags, '/app/main.js'];
    const found = /^ENTRYPOINT (.*)$/m.exec(stage ?? '')?.[1] ?? '[]';
    expect([name, JSON.parse(found)]).toEqual([name, command]);
  }
});

test('copies have their ports in common, an operations port each and a name each', () => {
  const env = { COPIES: 'smtp-ingress:2,mx-delivery:3' };
  const { policyService, smtpIngress, apiIngress, mxDelivery } = planServices(facts(env));
  const of = (plans: readonly ProcessPlan[]) =>
    plans.map(({ name, env: { OPERATIONS_PORT, REUSE_PORT } }) => [name, OPERATIONS_PORT, REUSE_PORT]);
  expect(of(smtpIngress)).toEqual([
    ['smtp-ingress', '9101', 'true'],
    ['smtp-ingress-2', '9111', 'true'],
  ]);
  expect(of(apiIngress)).toEqual([['api-ingress', '9102', undefined]]);
  expect(of(mxDelivery)).toEqual([
    ['mx-delivery', '9104', 'true'],
    ['mx-delivery-2', '9114', 'true'],
    ['mx-delivery-3', '9124', 'true'],
  ]);
  expect(of(policyService)).toEqual([['policy-service', '9103', undefined]]);
  expect(smtpIngress.map((plan) => plan.env.SMTP_STARTTLS_PORTS)).toEqual(['2587', '2587']);
  const text = formatWelcome(readConfig(env, '/project'), '/project/dev.env', '/project').join('\n');
  expect(text).toContain('mx-delivery          3 copies, operations ports 9104, 9114, 9124');
  expect(text).not.toContain('api-ingress');
});

test('delivery goes before intake where the CPU is short, in containers too', async () => {
  const { policyService, smtpIngress, apiIngress, mxDelivery } = plansOf({});
  const plans = [policyService, smtpIngress, apiIngress, mxDelivery];
  expect(plans.map(({ nice }) => nice)).toEqual([undefined, 3, 3, undefined]);
  const compose = await readFile(path.join(import.meta.dirname, '../../../docker-compose.yml'), 'utf8');
  const weights = [...compose.matchAll(/^ {2}([\w-]+):$|^ {4}cpu_shares: (\d+)$/gm)].map(
    ([, ...each]) => each,
  );
  const weightOf = (name: string) => weights[weights.findIndex(([service]) => service === name) + 1]?.[1];
  expect(plans.map(({ name }) => weightOf(name))).toEqual([undefined, '512', '512', undefined]);
});

test('links in verification mail lead to this machine, or where the operator says', () => {
  expect(plansOf({}).apiIngress.env.API_PUBLIC_URL).toBe('https://127.0.0.1:8443');
  const env = { API_PUBLIC_URL: 'https://mail.example.com' };
  expect(plansOf(env).apiIngress.env.API_PUBLIC_URL).toBe(env.API_PUBLIC_URL);
});

test('an empty SMARTHOST reaches mx-delivery as empty', () => {
  expect(plansOf({ SMARTHOST: '' }).mxDelivery.env.SMARTHOST).toBe('');
});

test('environment that is passed on keeps PATH and service settings, not secrets', () => {
  const env = { PATH: '/bin', DNS_SERVERS: '127.0.0.1:53', AWS_SESSION_TOKEN: 's', NX_TASK_HASH: 'h' };
  expect(passedOn(env)).toEqual({ PATH: '/bin', DNS_SERVERS: '127.0.0.1:53' });
});

test('the welcome names endpoints, TLS profile, credentials and two commands', () => {
  const text = formatWelcome(readConfig({}, '/project'), '/project/.sealpost/dev.env', '/project').join('\n');
  for (const part of [
    '127.0.0.1:2587',
    '127.0.0.1:2465',
    'https://127.0.0.1:8443',
    'ses-classic',
    '.sealpost/inbox',
  ]) {
    expect(text).toContain(part);
  }
  expect(text.match(/^ {2}\. \.sealpost\/dev\.env && (?:swaks|aws) /gm)).toHaveLength(2);
});

test('a welcome for a data directory with a blank in its name quotes it', () => {
  const text = formatWelcome(readConfig({}, '/p'), '/my data/dev.env', '/p').join('\n');
  expect(text).toContain(". '/my data/dev.env' && ");
});
