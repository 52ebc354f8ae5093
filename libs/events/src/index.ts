export { mailObject, type EventOrigin, type OutgoingFacts } from './mail-object.ts';
export { diagnosticOf, eventKinds, readKeptEvent, type KeptEvent } from './kept-event.ts';
