// How far the bench is: one line that changes on a terminal, a line every few seconds elsewhere.
export interface Progress {
  /** A step that takes a while. */
  say(text: string): void;
  /** Where the current step stands; told when it is time. */
  show(text: string): void;
}

const TERMINAL_PAUSE_MS = 200;
const LOG_PAUSE_MS = 5000;

export function openProgress(stream: NodeJS.WriteStream): Progress {
  const pauseMs = stream.isTTY ? TERMINAL_PAUSE_MS : LOG_PAUSE_MS;
  const clear = stream.isTTY ? '\r\u001b[2K' : '';
  let next = performance.now() + pauseMs;
  return {
    say: (text) => {
      stream.write(`${clear}${text}\n`);
      next = performance.now() + pauseMs;
    },
    show: (text) => {
      if (performance.now() < next) return;
      next = performance.now() + pauseMs;
      stream.write(stream.isTTY ? `${clear}${text}` : `${text}\n`);
    },
  };
}
