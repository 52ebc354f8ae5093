// The control plane as an operator uses it, through the SDK.
import {
  CreateConfigurationSetCommand,
  PutConfigurationSetDeliveryOptionsCommand,
  SendEmailCommand,
  SendRawEmailCommand,
  SESClient,
  type TlsPolicy,
} from '@aws-sdk/client-ses';
import type { System } from './system.ts';
import { agentFor, sdkSettings } from './sdk-settings.ts';

export interface SesAdmin {
  createSet(name: string, tlsPolicy: TlsPolicy): Promise<void>;
  setPolicy(name: string, tlsPolicy: TlsPolicy): Promise<void>;
  /** One mail to someone@receiver.test. */
  send(subject: string, set?: string): Promise<void>;
  /** One try; the message id. */
  sendRaw(to: string, raw: string): Promise<string>;
  close(): void;
}

export async function sesAdmin(system: Pick<System, 'env'>): Promise<SesAdmin> {
  const httpsAgent = await agentFor(system);
  const client = new SESClient(sdkSettings(system, httpsAgent));
  const setPolicy = async (name: string, tlsPolicy: TlsPolicy): Promise<void> => {
    await client.send(
      new PutConfigurationSetDeliveryOptionsCommand({
        ConfigurationSetName: name,
        DeliveryOptions: { TlsPolicy: tlsPolicy },
      }),
    );
  };
  return {
    setPolicy,
    send: async (subject, set) => {
      await client.send(
        new SendEmailCommand({
          Source: 'app@sender.test',
          Destination: { ToAddresses: ['someone@receiver.test'] },
          Message: { Subject: { Data: subject }, Body: { Text: { Data: 'Hello' } } },
          ConfigurationSetName: set,
        }),
      );
    },
    sendRaw: async (to, raw) => {
      const sent = await client.send(
        new SendRawEmailCommand({
          Source: 'app@sender.test',
          Destinations: [to],
          RawMessage: { Data: Buffer.from(raw) },
        }),
      );
      return sent.MessageId ?? '';
    },
    createSet: async (name, tlsPolicy) => {
      await client.send(new CreateConfigurationSetCommand({ ConfigurationSet: { Name: name } }));
      await setPolicy(name, tlsPolicy);
    },
    close: () => {
      client.destroy();
      httpsAgent.destroy();
    },
  };
}
