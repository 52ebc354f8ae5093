// How the receiving servers behave, by domain. Without a word from you each one works, with STARTTLS.
import type { ControlClient } from './control-client.ts';

export interface ReceiverOptions {
  /** The reply of the server, beginning with its code. */
  readonly reply?: string;
  /** So many times, then the server works; default for ever. */
  readonly times?: number;
}

export interface Receivers {
  /** Its server offers no STARTTLS: a `Require` message is dropped, any other goes in the clear. */
  withoutStartTls(domain: string): Promise<void>;
  /** Its server offers STARTTLS, and the handshake fails. */
  withBrokenTls(domain: string): Promise<void>;
  /** Its server knows this version and none above it. */
  withTlsVersion(domain: string, version: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<void>;
  /** A domain, or one address of it, is deferred: 451 to RCPT. */
  defers(domainOrAddress: string, options?: ReceiverOptions): Promise<void>;
  /** A domain, or one address of it, is refused: 550 to RCPT. */
  rejects(domainOrAddress: string, options?: ReceiverOptions): Promise<void>;
  works(domain: string): Promise<void>;
}

export function receivers(control: ControlClient): Receivers {
  const script = (domain: string, body: object) =>
    control.send('PUT', `/receivers/${encodeURIComponent(domain)}`, body);
  const refuse = (domainOrAddress: string, reply: string, { times }: ReceiverOptions) => {
    const at = domainOrAddress.lastIndexOf('@');
    const rule = {
      on: 'RCPT',
      reply,
      ...(at < 0 ? {} : { recipient: domainOrAddress }),
      ...(times === undefined ? {} : { times }),
    };
    return script(domainOrAddress.slice(at + 1), { rules: [rule] });
  };
  return {
    withoutStartTls: (domain) => script(domain, { starttls: 'absent' }),
    withBrokenTls: (domain) => script(domain, { starttls: 'alert-after-220' }),
    withTlsVersion: (domain, version) =>
      script(domain, { tls: { minVersion: 'TLSv1', maxVersion: version } }),
    defers: (target, options = {}) => refuse(target, options.reply ?? '451 4.7.1 Try again later', options),
    rejects: (target, options = {}) => refuse(target, options.reply ?? '550 5.1.1 No such user', options),
    works: (domain) => script(domain, {}),
  };
}
