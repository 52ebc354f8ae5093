// What it takes to run one of the processes of the local system.

export interface ProcessPlan {
  /** In the log and in messages to the operator. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Its log is not ours: shown at level debug only. */
  readonly isQuiet?: boolean;
  /** It does not interrupt whoever runs when it has something to do. */
  readonly isPatient?: boolean;
  /** As in nice(1), for one that others go before when the CPU is short. */
  readonly nice?: number;
  /** Asked again and again until it says yes; never rejects, never takes longer than a second or two. */
  readonly isReady: () => Promise<boolean>;
}
