// How a connection to NATS proves itself: by TLS with a certificate of its own, and an nkey.
import { nkeyAuthenticator, type ConnectionOptions } from 'nats';

export interface BusPlace {
  /** Comma list of URLs. */
  readonly servers: string;
  /** The seed of our user's nkey, where the server wants to know who we are. */
  readonly nkeySeed?: string;
  /** PEM files, read again at each connection. Without: in the clear, unless the server wants TLS. */
  readonly tls?: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
}

export function connectionOptions({ servers, nkeySeed, tls }: BusPlace): ConnectionOptions {
  return {
    servers: servers.split(','),
    ...(tls === undefined ? {} : { tls }),
    ...(nkeySeed === undefined
      ? {}
      : { authenticator: nkeyAuthenticator(new TextEncoder().encode(nkeySeed)) }),
  };
}
