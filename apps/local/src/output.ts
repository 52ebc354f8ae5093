// Everything a local start says: log lines (JSON, or readable ones on a terminal) and lines for people.
import { StringDecoder } from 'node:string_decoder';
import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Logger } from '@sealpost/runtime';

export interface Output {
  /** A line for the person at the terminal, on standard output as it is. */
  say(line: string): void;
  /** A line that one of the processes wrote. */
  fromProcess(name: string, line: string): void;
  /** The same for a process whose log is not ours: at level debug. */
  fromQuietProcess(name: string, line: string): void;
  readonly logger: Logger;
}

export interface OutputStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export function createOutput(stream: OutputStream, level: string): Output {
  const pretty = prettyFactory({ colorize: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' });
  const log = (line: string): void => {
    stream.write(stream.isTTY === true && line.startsWith('{') ? pretty(line) : withNewline(line));
  };
  const logger = pino(
    { level, base: { service: 'local' }, timestamp: pino.stdTimeFunctions.isoTime },
    { write: log },
  );
  return {
    say: (line) => {
      stream.write(withNewline(line));
    },
    fromProcess: (name, line) => {
      if (line.startsWith('{')) log(line);
      else if (line !== '') logger.info({ process: name }, line);
    },
    fromQuietProcess: (name, line) => {
      if (line.trim() !== '') logger.debug({ process: name }, line);
    },
    logger,
  };
}

function withNewline(line: string): string {
  return line.endsWith('\n') ? line : `${line}\n`;
}

/** For a stream's `data` event: calls with each whole line, without its line end. */
export function lineSplitter(onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
  };
}
