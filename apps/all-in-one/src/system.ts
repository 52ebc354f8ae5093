// The system of `npm start` as a child: engines and services, listening outside the container, sending to the receivers.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ConfigError } from '@sealpost/runtime';
import type { AllInOneConfig } from './config.ts';
import type { Receivers } from './receivers.ts';

export interface RunningSystem {
  /** Rejects with ConfigError when the system ends instead. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

export function startSystem(
  env: NodeJS.ProcessEnv,
  config: AllInOneConfig,
  receivers: Receivers,
): RunningSystem {
  const child = spawn(process.execPath, [config.LOCAL_PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      // A test does not wait for a minute.
      RETRY_SCHEDULE: '1s,2s,5s',
      // And its machine is not this system's alone.
      COPIES: '1',
      ...env,
      SEALPOST_DATA_DIR: config.SEALPOST_DATA_DIR,
      SMTP_LISTEN_HOST: '0.0.0.0',
      API_LISTEN_HOST: '0.0.0.0',
      ENGINES_AUTO_INSTALL: 'false',
      SMARTHOST: '',
      DNS_SERVERS: receivers.dnsAddress,
      MX_PORT: String(receivers.port),
      MX_ALLOWED_NETWORKS: '127.0.0.0/8',
    },
  });
  const ended = once(child, 'close');
  const ready = new Promise<void>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      process.stdout.write(chunk);
      said = (said + chunk.toString()).slice(-4096);
      if (/^sealpost ready$/m.test(said)) resolve();
    });
    child.once('close', (status) => {
      reject(new ConfigError(`The system ended with status ${String(status)}; its own words are above.`));
    });
  });
  return {
    ready,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
