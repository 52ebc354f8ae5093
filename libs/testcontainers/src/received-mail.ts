// A mail as the receiving server got it.
import PostalMime, { type Email } from 'postal-mime';

export interface Envelope {
  readonly reversePath: string;
  readonly recipients: readonly string[];
}

export interface TlsFacts {
  /** `TLSv1.3` */
  readonly version: string;
  readonly cipher: string;
  /** The name that the sender asked the receiver for (SNI). */
  readonly serverName?: string;
}

export interface ReceivedMail {
  readonly id: string;
  /** The receiving host: `mx.` and the domain. */
  readonly mxHost: string;
  readonly envelope: Envelope;
  /** Undefined: it came in the clear. */
  readonly tls: TlsFacts | undefined;
  /** The exact bytes. */
  readonly raw: Buffer;
  readonly subject: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly html: string;
  /** Names in lower case; the last one counts when a field is there twice. */
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments: Email['attachments'];
}

/** As the control port tells it. */
export interface WireMail {
  readonly id: string;
  readonly mxHost: string;
  readonly envelope: Envelope;
  readonly tls: TlsFacts | null;
  readonly content: string;
}

export async function parseMail(wire: WireMail): Promise<ReceivedMail> {
  const raw = Buffer.from(wire.content, 'base64');
  const email = await PostalMime.parse(raw);
  return {
    id: wire.id,
    mxHost: wire.mxHost,
    envelope: wire.envelope,
    tls: wire.tls ?? undefined,
    raw,
    subject: email.subject ?? '',
    from: email.from?.address ?? '',
    to: (email.to ?? []).flatMap(({ address }) => (address === undefined ? [] : [address])),
    text: email.text ?? '',
    html: email.html ?? '',
    headers: Object.fromEntries(email.headers.map(({ key, value }) => [key, value])),
    attachments: email.attachments,
  };
}
