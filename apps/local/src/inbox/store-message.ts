// A received message on disk: `<timestamp>-<n>.eml`, the exact bytes of the content, and beside it `.json`,
// the envelope and the TLS facts. The .json comes last, so that whoever waits for it finds both.
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface InboxMessage {
  readonly envelope: { readonly reversePath: string; readonly recipients: readonly string[] };
  readonly tls: InboxTls | null;
  readonly heloName: string;
  readonly receivedAt: Date;
  readonly remoteAddress: string;
  /** Dots unstuffed, the final CRLF included. */
  readonly content: Buffer;
}

/** As node:tls names them; the server name is null when the client asked for none. */
export interface InboxTls {
  readonly version: string;
  readonly cipher: string;
  readonly serverName: string | null;
}

export type StoreMessage = (message: InboxMessage) => Promise<string>;

/** Resolves to the name (without ending) when both files are in place. */
export function openInbox(folder: string): StoreMessage {
  let count = 0;
  return async ({ content, ...facts }) => {
    count += 1;
    const timestamp = facts.receivedAt.toISOString().replaceAll(/[-:.]/g, '');
    const name = `${timestamp}-${count}`;
    const description = { ...facts, receivedAt: facts.receivedAt.toISOString(), sizeBytes: content.length };
    await writeWhole(path.join(folder, `${name}.eml`), content);
    await writeWhole(path.join(folder, `${name}.json`), `${JSON.stringify(description, null, 2)}\n`);
    return name;
  };
}

async function writeWhole(file: string, bytes: Buffer | string): Promise<void> {
  const temporary = `${file}.part`;
  await writeFile(temporary, bytes, { mode: 0o600 });
  await rename(temporary, file);
}
