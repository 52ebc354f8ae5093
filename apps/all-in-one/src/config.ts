// Settings of the container; those of the services are passed on as they are.
import { loadConfig, port } from '@sealpost/runtime';
import * as z from 'zod';

const schema = z.object({
  SEALPOST_DATA_DIR: z.string().min(1).default('/data'),
  /** The program of `npm start`. */
  LOCAL_PROGRAM: z.string().min(1).default('/app/apps/local/dist/main.js'),
  CONTROL_PORT: port.default(8025),
});

export type AllInOneConfig = Readonly<z.infer<typeof schema>>;

export function readConfig(env: NodeJS.ProcessEnv): AllInOneConfig {
  return Object.freeze(loadConfig(schema, env));
}
