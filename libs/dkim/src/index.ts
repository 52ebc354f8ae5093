export { createBodyHash, hashBody, type BodyHash, type BodyHashes } from './body-hash.ts';
export { signMessage, type DkimKey, type SignableField } from './sign-message.ts';
