// Submits a mail with nodemailer, as an application does.
import { createTransport } from 'nodemailer';

/** Where it goes, and what dev.env holds. */
export interface SmtpListener {
  readonly ports: { readonly starttls: number };
  readonly env: Readonly<Record<string, string>>;
}

export interface Mail {
  readonly from?: string;
  readonly to: readonly string[];
  /** Complete content with CRLF line ends. */
  readonly raw: string | Buffer;
}

/** For many mails over few connections with `pool`. */
export function transportTo(system: SmtpListener, pool?: { readonly maxConnections: number }) {
  const options = {
    host: '127.0.0.1',
    port: system.ports.starttls,
    requireTLS: true,
    auth: { user: system.env.SMTP_USERNAME ?? '', pass: system.env.SMTP_PASSWORD ?? '' },
    tls: { rejectUnauthorized: false },
  };
  return pool === undefined
    ? createTransport(options)
    : createTransport({ ...options, ...pool, pool: true, maxMessages: Infinity });
}

/** The message id of the `250 Ok`. Rejects with nodemailer's error, which carries the reply. */
export async function submitBySmtp(system: SmtpListener, mail: Mail): Promise<string> {
  const transport = transportTo(system);
  try {
    const sent = await transport.sendMail({
      envelope: { from: mail.from ?? 'app@sender.test', to: [...mail.to] },
      raw: mail.raw,
    });
    const match = /^250 Ok ([0-9a-f]{16}-[0-9a-f-]{36}-\d{6})$/.exec(sent.response);
    if (match?.[1] === undefined) throw new Error(`not an answer of SES: ${sent.response}`);
    return match[1];
  } finally {
    transport.close();
  }
}

/** A small mail; `set` names a configuration set (T10). */
export function mailText(subject: string, set?: string): string {
  const control = set === undefined ? '' : `X-SES-CONFIGURATION-SET: ${set}\r\n`;
  return (
    `From: App <app@sender.test>\r\nTo: someone@receiver.test\r\nSubject: ${subject}\r\n${control}` +
    `MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello ${subject}\r\n.dot at the start\r\n`
  );
}

/** Everything behind the first empty line. */
export function bodyOf(content: Buffer | string): string {
  const text = content.toString();
  return text.slice(text.indexOf('\r\n\r\n') + 4);
}
