// The frame of the command: its groups, and what each of them gets.
import { Command } from 'commander';

export interface CommandContext {
  readonly env: NodeJS.ProcessEnv;
  readonly workingDir: string;
  readonly stdout: { write(text: string | Uint8Array): unknown };
}

/** Adds its commands to the program. */
export type CommandGroup = (program: Command, context: CommandContext) => void;

/** Bad arguments are thrown as CommanderError after they are told on standard error. */
export function createProgram(context: CommandContext, groups: readonly CommandGroup[]): Command {
  const program = new Command('sealpost')
    .description(
      'What an operator of Sealpost asks and does. NATS_URL names the server; `npm start` is found by itself.',
    )
    .exitOverride();
  for (const group of groups) group(program, context);
  return program;
}
