// The command `sealpost`. One file per group of commands; each is added to the list below.
import { CommanderError } from 'commander';
import { credentialsCommands } from './credentials-commands.ts';
import { noticesCommands } from './notices-commands.ts';
import { poisonCommands } from './poison-commands.ts';
import { messageCommands } from './message-commands.ts';
import { createProgram } from './program.ts';
import { queueCommands } from './queue-commands.ts';

const program = createProgram({ env: process.env, workingDir: process.cwd(), stdout: process.stdout }, [
  queueCommands,
  messageCommands,
  poisonCommands,
  noticesCommands,
  credentialsCommands,
]);

try {
  await program.parseAsync();
} catch (error) {
  // Commander has told what was wrong with the arguments; anything else is told here, in one sentence.
  if (!(error instanceof CommanderError)) {
    process.stderr.write(`sealpost: ${error instanceof Error ? error.message : String(error)}\n`);
  }
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
}
