export { openDoor, type Door, type DoorOptions } from './open-door.ts';
export { submitMessage } from './submit-message.ts';
export type { ArrivingContent, DoorDeps, Submission, SubmissionResult } from './submission.ts';
