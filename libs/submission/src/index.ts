export { openDoor, type Door, type DoorOptions } from './open-door.ts';
export { submitMessage } from './submit-message.ts';
export type { ArrivingContent, DoorDeps, SenderRules, Submission, SubmissionResult } from './submission.ts';
