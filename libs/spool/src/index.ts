export { openSpool, type Spool } from './open-spool.ts';
