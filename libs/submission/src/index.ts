export { submitMessage } from './submit-message.ts';
export type { DoorDeps, Refusal, Submission, SubmissionResult } from './submission.ts';
