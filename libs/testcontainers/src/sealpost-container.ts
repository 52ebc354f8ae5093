// The whole of Sealpost in one container, as a test of an application wants it.
import { Agent } from 'node:https';
import {
  AbstractStartedContainer,
  GenericContainer,
  getContainerRuntimeClient,
  Wait,
  type StartedTestContainer,
} from 'testcontainers';
import { controlClient, type ControlClient } from './control-client.ts';
import { readMessages, waitForMessage, type MessageQuery } from './mailbox.ts';
import type { ReceivedMail } from './received-mail.ts';
import { receivers, type Receivers } from './receivers.ts';

const STARTTLS_PORT = 2587;
const TLS_PORT = 2465;
const API_PORT = 8443;
const CONTROL_PORT = 8025;
const DEFAULT_IMAGE = 'sealpost/all-in-one:local';

/** For `new SESv2Client(…)` and `new SESClient(…)` of the AWS SDK. */
export interface AwsConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly requestHandler: { readonly httpsAgent: Agent };
}

interface ClientFacts {
  /** The lines of dev.env. */
  readonly env: Readonly<Record<string, string>>;
  readonly ca: string;
}

export class SealpostContainer extends GenericContainer {
  constructor(image: string = DEFAULT_IMAGE) {
    super(image);
    this.withExposedPorts(STARTTLS_PORT, TLS_PORT, API_PORT, CONTROL_PORT);
    this.withWaitStrategy(Wait.forHttp('/ready', CONTROL_PORT).forStatusCode(200));
    this.withStartupTimeout(60_000);
  }

  override async start(): Promise<StartedSealpostContainer> {
    // Not always localhost: a test that runs in a container, or with a remote engine, knows it by another name.
    const { info } = await getContainerRuntimeClient();
    this.withEnvironment({ LISTENER_NAMES: info.containerRuntime.host, ...this.environment });
    const container = await super.start();
    const control = controlClient(
      `http://${container.getHost()}:${String(container.getMappedPort(CONTROL_PORT))}`,
    );
    return new StartedSealpostContainer(container, control, await control.get<ClientFacts>('/client'));
  }
}

export class StartedSealpostContainer extends AbstractStartedContainer {
  /** PEM of the authority that the container's certificate is from. */
  readonly ca: string;
  /** For the API and, with `smtpPassword`, for SMTP. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly smtpUsername: string;
  readonly smtpPassword: string;
  readonly region: string;
  /** How the receiving servers behave. */
  readonly receiver: Receivers;
  readonly #control: ControlClient;

  constructor(container: StartedTestContainer, control: ControlClient, { env, ca }: ClientFacts) {
    super(container);
    this.#control = control;
    this.ca = ca;
    this.credentials = {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
    };
    this.smtpUsername = env.SMTP_USERNAME ?? '';
    this.smtpPassword = env.SMTP_PASSWORD ?? '';
    this.region = env.AWS_REGION ?? '';
    this.receiver = receivers(control);
  }

  /** STARTTLS, with the credentials in it. Trust `ca`. */
  get smtpUrl(): string {
    return `smtp://${this.#login()}@${this.#at(STARTTLS_PORT)}`;
  }

  /** TLS from the first byte, with the credentials in it. Trust `ca`. */
  get tlsSmtpUrl(): string {
    return `smtps://${this.#login()}@${this.#at(TLS_PORT)}`;
  }

  get apiEndpoint(): string {
    return `https://${this.#at(API_PORT)}`;
  }

  awsConfig(): AwsConfig {
    return {
      endpoint: this.apiEndpoint,
      region: this.region,
      credentials: this.credentials,
      requestHandler: { httpsAgent: new Agent({ ca: this.ca }) },
    };
  }

  /** Everything that the receivers accepted since the start or the last `reset()`. */
  messages(): Promise<readonly ReceivedMail[]> {
    return readMessages(this.#control);
  }

  /** The first that fits; rejects after `timeoutMs` with what came instead. */
  waitForMessage(query: MessageQuery = {}, timeoutMs = 10_000): Promise<ReceivedMail> {
    return waitForMessage(this.#control, query, timeoutMs);
  }

  /** Makes the configuration set when it is not there. */
  setTlsPolicy(configurationSet: string, tlsPolicy: 'Require' | 'Optional'): Promise<void> {
    return this.#control.send('PUT', `/configuration-sets/${encodeURIComponent(configurationSet)}`, {
      tlsPolicy,
    });
  }

  /** Every receiver works again, and what arrived is forgotten. */
  reset(): Promise<void> {
    return this.#control.send('POST', '/reset');
  }

  #login(): string {
    return `${encodeURIComponent(this.smtpUsername)}:${encodeURIComponent(this.smtpPassword)}`;
  }

  #at(port: number): string {
    return `${this.getHost()}:${String(this.getMappedPort(port))}`;
  }
}
