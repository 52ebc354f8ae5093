// Everything a local start says: log lines (JSON, or readable ones on a terminal) and lines for people.
import { StringDecoder } from 'node:string_decoder';
import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Logger } from '@sealpost/runtime';

export interface Output {
  /** A line for the person at the terminal, on standard output as it is. */
  say(line: string): void;
  /** Lines that one of the processes wrote, in one write of ours. */
  fromProcess(name: string, lines: readonly string[]): void;
  /** The same for a process whose log is not ours: at level debug. */
  fromQuietProcess(name: string, lines: readonly string[]): void;
  readonly logger: Logger;
}

export interface OutputStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export function createOutput(stream: OutputStream, level: string): Output {
  const pretty = prettyFactory({ colorize: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' });
  const write = gatheringWrite(stream);
  const log = (line: string): void => {
    write.one(stream.isTTY === true && line.startsWith('{') ? pretty(line) : withNewline(line));
  };
  const logger = pino(
    { level, base: { service: 'local' }, timestamp: pino.stdTimeFunctions.isoTime },
    { write: log },
  );
  return {
    say: (line) => {
      write.one(withNewline(line));
    },
    fromProcess: (name, lines) => {
      write.together(() => {
        for (const line of lines) {
          if (line.startsWith('{')) log(line);
          else if (line !== '') logger.info({ process: name }, line);
        }
      });
    },
    fromQuietProcess: (name, lines) => {
      write.together(() => {
        for (const line of lines) if (line.trim() !== '') logger.debug({ process: name }, line);
      });
    },
    logger,
  };
}

/** What is written during `together` leaves in one write at its end: a write of a line costs more than the line. */
function gatheringWrite(stream: OutputStream) {
  let gathered: string | undefined;
  return {
    one: (text: string): void => {
      if (gathered === undefined) stream.write(text);
      else gathered += text;
    },
    together: (writeAll: () => void): void => {
      gathered = '';
      writeAll();
      const text = gathered;
      gathered = undefined;
      if (text !== '') stream.write(text);
    },
  };
}

function withNewline(line: string): string {
  return line.endsWith('\n') ? line : `${line}\n`;
}

/** For a stream's `data` event: calls with the whole lines of each chunk, without their line ends. */
export function lineSplitter(onLines: (lines: readonly string[]) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) onLines(lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line)));
  };
}
