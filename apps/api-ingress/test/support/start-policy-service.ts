// policy-service as a process, from its sources, over a real NATS server, with the door that asks it.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { connectBus } from '@sealpost/bus';
import { openDoor, type Door } from '@sealpost/submission';
import { eventually, freePort, startDnsServer, startNats, type DnsServer } from '@sealpost/testing';

const root = path.resolve(import.meta.dirname, '../../../..');
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface RunningPolicyService {
  readonly door: Door;
  readonly dns: DnsServer;
  stop(): Promise<void>;
}

export async function startPolicyService({
  key,
  verifies,
}: {
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly verifies: boolean;
}): Promise<RunningPolicyService> {
  const nats = await startNats();
  const dns = await startDnsServer({});
  const [grpcPort, operationsPort] = [await freePort(), await freePort()];
  const verification = verifies ? 'required' : 'off';
  const child = spawn(process.execPath, [path.join(root, 'apps/policy-service/src/main.ts')], {
    env: {
      LOG_LEVEL: 'error',
      NATS_URL: nats.url,
      POLICY_SERVICE_ADDRESS: `127.0.0.1:${String(grpcPort)}`,
      OPERATIONS_PORT: String(operationsPort),
      SEALPOST_ACCESS_KEY_ID: key.accessKeyId,
      SEALPOST_SECRET_ACCESS_KEY: key.secretAccessKey,
      SEALING_KEY: randomBytes(32).toString('base64'),
      IDENTITY_VERIFICATION: verification,
      DNS_SERVERS: dns.address,
      FEEDBACK_HOST: 'feedback.sealpost.test',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const bus = await connectBus({ servers: nats.url, clientName: 'test' }, log);
  const door = await openDoor(
    bus,
    {
      policyService: { host: '127.0.0.1', port: grpcPort },
      spool: { inlineBytes: undefined, folder: undefined },
      blockedExtensions: [],
      region: 'us-east-1',
      hostName: 'out.sealpost.test',
      internalTls: undefined,
      senders: { mustBeVerified: verifies, signs: true, refusesUnsigned: false },
      quota: { daily: undefined, rate: undefined },
      redis: undefined,
    },
    log,
  );
  await eventually(
    async () => {
      if (child.exitCode !== null) throw new Error(`policy-service ended with ${String(child.exitCode)}`);
      return (await door.policies.listConfigurationSets({ pageSize: 1 })).kind === 'page';
    },
    { timeoutMs: 30_000, what: 'policy-service' },
  );
  return {
    door,
    dns,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      process.removeListener('exit', killAtExit);
      await door.close();
      await bus.close();
      await dns.close();
      await nats.stop();
    },
  };
}
