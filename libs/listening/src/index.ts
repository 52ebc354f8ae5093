export { openTlsFront, type Secured, type TlsFront, type TlsFrontOptions } from './open-tls-front.ts';
