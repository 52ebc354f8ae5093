export { Connection, type ConnectionEvents, type PauseReason } from './connection.ts';
export { Deadline, type DeadlineLimits } from './deadline.ts';
export { Input, type TakenLine } from './input.ts';
export { openPort, type OpenPort } from './open-port.ts';
export { openTlsFront, type Secured, type TlsFront, type TlsFrontOptions } from './open-tls-front.ts';
