export { accessDenied } from './access-denied.ts';
export { deriveSigningKey, type KeyScope } from './derive-signing-key.ts';
export { smtpPassword } from './smtp-password.ts';
export { checkScope, checkSignature, type ExpectedScope } from './check-request.ts';
export {
  readAuthorization,
  type AuthFault,
  type Authorization,
  type SignedRequest,
} from './signed-request.ts';
