// Settings: text in the environment → frozen, typed configuration. All problems are told at once.
import { readFileSync } from 'node:fs';
import * as z from 'zod';

/** What an operator can mend: its message is one clear sentence and ends the process with status 1. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Throws ConfigError naming each setting that is missing or wrong; values are not repeated (they may be secret). */
export function loadConfig<S extends z.ZodObject>(schema: S, env: NodeJS.ProcessEnv): z.infer<S> {
  const result = schema.safeParse(withFiles(Object.keys(schema.shape), env));
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(`Wrong settings: ${problems.join('; ')}.`);
}

/** Each setting may be given as a file (`NAME_FILE`), which is how secrets reach a container. */
function withFiles(names: readonly string[], env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ofFiles = names.flatMap((name) => {
    const file = env[`${name}_FILE`];
    if (file === undefined || file === '' || names.includes(`${name}_FILE`)) return [];
    if (env[name] !== undefined) throw new ConfigError(`Set ${name} or ${name}_FILE, not both.`);
    return [[name, readSettingFile(name, file)] as const];
  });
  return { ...env, ...Object.fromEntries(ofFiles) };
}

/** Without the line end that editors and shells leave. */
function readSettingFile(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${name}_FILE can't be read: ${reason}.`);
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `250ms`, `90s`, `15m`, `14h`, `2d` → milliseconds. */
export const duration = z.string().transform((text, context): number => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  const unit = UNIT_MS[match?.[2] ?? ''];
  if (match !== null && unit !== undefined) return Number(match[1]) * unit;
  context.addIssue('expected a duration such as 90s, 15m or 14h');
  return z.NEVER;
});

/** `1m,5m,15m` → milliseconds; at least one. */
export const durationList = z.string().transform((text, context): readonly number[] => {
  const items = text.split(',').map((item) => duration.safeParse(item.trim()));
  const delays = items.flatMap((item) => (item.success ? [item.data] : []));
  if (delays.length === items.length && delays.length > 0) return delays;
  context.addIssue('expected durations separated by commas, such as 1m,5m,15m');
  return z.NEVER;
});

/** A TCP port as text; 0 asks the system for a free one. */
export const port = z.string().transform((text, context): number => {
  const number = parsePort(text);
  if (number !== undefined) return number;
  context.addIssue('expected a port number');
  return z.NEVER;
});

/** `25,587,2587` → [25, 587, 2587]; an empty string means none. */
export const portList = z.string().transform((text, context): readonly number[] => {
  const ports = listOf(text).map(parsePort);
  if (ports.every((each) => each !== undefined)) return ports;
  context.addIssue('expected port numbers separated by commas');
  return z.NEVER;
});

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `192.0.2.1:25` or `[2001:db8::1]:25`. */
export const hostPort = z.string().transform((text, context): HostPort => {
  const match = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d+)$/.exec(text.trim());
  const number = parsePort(match?.[3] ?? '');
  const host = match?.[1] ?? match?.[2];
  if (host !== undefined && number !== undefined) return { host, port: number };
  context.addIssue('expected host:port');
  return z.NEVER;
});

/** As a URL or a dialler takes it: IPv6 addresses in brackets. */
export function formatHostPort(address: HostPort): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** As in an ARN. */
export const accountId = z
  .string()
  .regex(/^\d{12}$/, 'expected twelve digits')
  .default('000000000000');

/** A comma list → trimmed items without empty ones. */
export const commaList = z.string().transform(listOf);

/** Empty counts as not set: compose passes settings on whether they are set or not. */
export const optionalHttpsUrl = z
  .union([z.literal('').transform(() => undefined), z.url({ protocol: /^https$/ })])
  .optional();

/** `true`/`on`/`1` or `false`/`off`/`0`. */
export const flag = z.string().transform((text, context): boolean => {
  if (/^(?:true|on|1|yes)$/i.test(text)) return true;
  if (/^(?:false|off|0|no)$/i.test(text)) return false;
  context.addIssue('expected true or false');
  return z.NEVER;
});

/** Of a service that listens: several copies of it on this machine have the same ports. */
export const sharedPorts = { REUSE_PORT: flag.default(false) } as const;

/** A count or a size, as text. */
export const wholeNumber = z.string().transform((text, context): number => {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  context.addIssue('expected a whole number');
  return z.NEVER;
});

export const logLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']);

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item.length > 0);
}

function parsePort(text: string): number | undefined {
  const number = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return number >= 0 && number <= 65_535 ? number : undefined;
}
