// The all-in-one container: `npm start`'s system, the receivers of all its mail, and a port to steer them by.
import { runService } from '@sealpost/runtime';
import { connectPolicyClient } from '@sealpost/policy-client';
import { readConfig } from './config.ts';
import { startControl } from './control.ts';
import { openReceivers } from './receivers.ts';
import { startSystem } from './system.ts';

runService('all-in-one', process.env.LOG_LEVEL ?? 'info', async ({ logger, onShutdown }) => {
  const config = readConfig(process.env);
  const receivers = await openReceivers();
  onShutdown('receivers', () => receivers.close());
  const system = startSystem(process.env, config, receivers);
  onShutdown('system', () => system.stop());
  const policies = await connectPolicyClient({ address: '127.0.0.1:50051' });
  onShutdown('policies', () => {
    policies.close();
  });
  await system.ready;
  const control = await startControl(config.CONTROL_PORT, {
    receivers,
    policies,
    dataDir: config.SEALPOST_DATA_DIR,
  });
  onShutdown('control', () => control.close());
  logger.info({ controlPort: config.CONTROL_PORT }, 'the whole system is ready');
});
