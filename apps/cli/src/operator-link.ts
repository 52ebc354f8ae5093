// A connection to NATS for the time of one command.
import { connectOperator, type OperatorLink } from '@sealpost/bus';
import { readNatsPlace } from './config.ts';
import type { CommandContext } from './program.ts';

export async function withOperatorLink<T>(
  context: CommandContext,
  use: (link: OperatorLink) => Promise<T>,
): Promise<T> {
  const place = readNatsPlace(context);
  const link = await connectOperator(place).catch((error: unknown) => {
    throw new Error(`No NATS server answers at ${place.servers}: is Sealpost running?`, { cause: error });
  });
  try {
    return await use(link);
  } finally {
    await link.close();
  }
}
