// The same bus against the official NATS image, where a container engine answers.
import { GenericContainer, Wait } from 'testcontainers';
import { formatMessageId } from '@sealpost/mail';
import { containerEngineAnswers } from '@sealpost/testing';
import { expect, test } from 'vitest';
import { connectBus } from '../src/index.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const hasEngine = await containerEngineAnswers();

// Skipped without a container engine: nothing else answers for the image.
test.skipIf(!hasEngine)(
  'a message is stored and read through the NATS image',
  async () => {
    const container = await new GenericContainer('nats:2.10-alpine')
      .withCommand(['-js'])
      .withExposedPorts(4222)
      .withWaitStrategy(Wait.forLogMessage(/Server is ready/))
      .start();
    const servers = `nats://${container.getHost()}:${String(container.getMappedPort(4222))}`;
    const bus = await connectBus({ servers, clientName: 'test' }, log);
    const result = await bus.publishAccepted({
      messageId: formatMessageId('us-east-1', 1, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb'),
      acceptedAt: 1,
      envelope: { reversePath: '', recipients: ['b@receiver.test'] },
      policy: { tlsPolicy: 'Require' },
      source: { operation: 'SendEmail', clientAddress: '', callerIdentity: '' },
      tags: {},
      originalHeaders: Buffer.alloc(0),
      originalHeadersTruncated: false,
      content: { kind: 'inline', bytes: Buffer.from('x') },
      bodySha256: '00'.repeat(32),
    });
    expect(result.kind).toBe('stored');
    await bus.close();
    await container.stop();
  },
  120_000,
);
