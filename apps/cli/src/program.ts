// The frame of the command: its groups, and what each of them gets.
import { Command } from 'commander';
import type { CommandPlace } from './config.ts';

export interface CommandContext extends CommandPlace {
  readonly stdout: { write(text: string | Uint8Array): unknown };
}

/** Adds its commands to the program. */
export type CommandGroup = (program: Command, context: CommandContext) => void;

/** Bad arguments are thrown as CommanderError after they are told on standard error. */
export function createProgram(context: CommandContext, groups: readonly CommandGroup[]): Command {
  const program = new Command('sealpost')
    .description(
      'What an operator of Sealpost asks and does. NATS_URL and POLICY_SERVICE_ADDRESS name the system; `npm start` is found by itself.',
    )
    .exitOverride();
  for (const group of groups) group(program, context);
  return program;
}
