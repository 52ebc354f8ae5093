export { createAuthority, issueSelfSigned, openAuthority, type Authority } from './authority.ts';
export type { CertificateRequest, IssuedCertificate } from './certificate.ts';
