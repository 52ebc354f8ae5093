// What is measured: something that takes mail by submission and sends it to the receiver.
interface Door {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The file of the program that answers there, as its command line has it; undefined: it is no one process. */
  readonly program?: string;
}

export interface SystemUnderTest {
  readonly name: string;
  readonly smtp: Door;
  readonly api?: Door & { readonly metricsUrl: string };
  /** Its services by name: the argument that tells each from others in the tree. */
  readonly services?: Readonly<Record<string, string>>;
  /** Its root; everything it costs is in its tree. */
  readonly pid: number;
  /** The last of what it said, for the explanation of a failure. */
  readonly output: () => string;
  stop(): Promise<void>;
}

/** Where a system sends its mail, and how. */
export interface Destination {
  readonly port: number;
  readonly dns: string;
  /** By MX, not over a smarthost. */
  readonly byMx: boolean;
  /** When what is deferred is tried again; unset: as the system does by itself. */
  readonly retryAfter?: '5s' | '3m';
}

export interface SystemPlace {
  /** Empty; the bench removes it. */
  readonly folder: string;
  /** In front of the command line. */
  readonly pinned: readonly string[];
  /** Programs and a home, no settings of the machine. */
  readonly env: NodeJS.ProcessEnv;
}
