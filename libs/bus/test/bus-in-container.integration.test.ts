// The same bus against the official NATS image, where a container engine answers.
import { GenericContainer, Wait } from 'testcontainers';
import { acceptedMessage, containerEngineAnswers } from '@sealpost/testing';
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
    const result = await bus.publishAccepted(acceptedMessage());
    expect(result.kind).toBe('stored');
    await bus.close();
    await container.stop();
  },
  120_000,
);
