export { eventJson, joinMembers, membersOf, type EventOrigin } from './event-json.ts';
export { diagnosticOf, eventKinds, readKeptEvent, type KeptEvent } from './kept-event.ts';
