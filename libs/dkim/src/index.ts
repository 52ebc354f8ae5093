export { createBodyHash, type BodyHash } from './body-hash.ts';
export { signMessage, type DkimKey, type SignableField } from './sign-message.ts';
