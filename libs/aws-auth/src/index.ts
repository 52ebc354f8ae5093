export { deriveSigningKey, type KeyScope } from './derive-signing-key.ts';
export { smtpPassword } from './smtp-password.ts';
