export { mailObject, type EventOrigin, type OutgoingFacts } from './mail-object.ts';
