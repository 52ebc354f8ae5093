export { createAccessKey, type AccessKey } from './access-key.ts';
export { formatClientEnv, type ClientEnvFacts } from './client-env.ts';
export { keepAuthority, keepCertificate, type CertificateFilePair } from './kept-certificates.ts';
export { listenerRequest } from './listener-request.ts';
export { writePrivately } from './write-privately.ts';
