// What a scripted receiver saw, kept for the test to look at.

export interface ReceivedTls {
  /** As node:tls names it: TLSv1.3. */
  readonly version: string;
  /** OpenSSL's name. */
  readonly cipher: string;
  /** Server Name Indication (RFC 6066 §3). */
  readonly serverName: string | undefined;
}

export interface ReceivedMessage {
  readonly reversePath: string;
  /** ESMTP parameters of MAIL, as written. */
  readonly mailParameters: readonly string[];
  readonly recipients: readonly string[];
  /** The exact content: dots unstuffed, the final CRLF included, the terminating dot not. */
  readonly content: Buffer;
  readonly tls: ReceivedTls | undefined;
  /** The reply code to the final dot; undefined when none was sent. */
  readonly replyCode: number | undefined;
  readonly connectionId: number;
}

export interface ReceivedCommand {
  readonly line: string;
  readonly overTls: boolean;
}

export interface ReceivedConnection {
  /** 1 for the receiver's first. */
  readonly id: number;
  readonly remoteAddress: string;
  readonly commands: readonly ReceivedCommand[];
  /** Every byte that came outside TLS records, before and after STARTTLS. */
  readonly plaintext: Buffer;
  /** Every byte that came inside TLS, decrypted. */
  readonly insideTls: Buffer;
  readonly tls: ReceivedTls | undefined;
  readonly handshakeError: string | undefined;
  /** Each content that arrived whole, whatever was replied. */
  readonly messages: readonly ReceivedMessage[];
  /** The client sent commands ahead although PIPELINING was not offered (RFC 2920 §3.1). */
  readonly pipelinedUnasked: boolean;
  readonly open: boolean;
}

/** The record of one connection while it is written. */
export interface ConnectionRecord {
  readonly id: number;
  readonly remoteAddress: string;
  readonly commands: ReceivedCommand[];
  readonly plaintext: Buffer[];
  readonly insideTls: Buffer[];
  readonly messages: ReceivedMessage[];
  tls: ReceivedTls | undefined;
  handshakeError: string | undefined;
  pipelinedUnasked: boolean;
  open: boolean;
}

export function newConnectionRecord(id: number, remoteAddress: string): ConnectionRecord {
  return {
    id,
    remoteAddress,
    commands: [],
    plaintext: [],
    insideTls: [],
    messages: [],
    tls: undefined,
    handshakeError: undefined,
    pipelinedUnasked: false,
    open: true,
  };
}

export function snapshot(record: ConnectionRecord): ReceivedConnection {
  return {
    ...record,
    commands: [...record.commands],
    messages: [...record.messages],
    plaintext: Buffer.concat(record.plaintext),
    insideTls: Buffer.concat(record.insideTls),
  };
}
