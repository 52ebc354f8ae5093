// A connection to NATS for the time of one command.
import { connectOperator, type OperatorLink } from '@sealpost/bus';
import { readConfig } from './config.ts';
import type { CommandContext } from './program.ts';

export async function withOperatorLink<T>(
  context: CommandContext,
  use: (link: OperatorLink) => Promise<T>,
): Promise<T> {
  const { natsUrl } = readConfig(context.env, context.workingDir);
  const link = await connectOperator(natsUrl).catch((error: unknown) => {
    throw new Error(`No NATS server answers at ${natsUrl}: is Sealpost running?`, { cause: error });
  });
  try {
    return await use(link);
  } finally {
    await link.close();
  }
}
