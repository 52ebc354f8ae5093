export { openSignedPart, type PartFacts, type SignedPart } from './signed-multipart.ts';
export type { SmimeKey } from './sign-digest.ts';
