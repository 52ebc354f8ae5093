// The content with an S/MIME signature around its body: fields that tell of the body go with it into the signed part,
// and every byte of them and of the body stays (T13). Source: RFC 8551 §3.1, §3.5.3.
import { randomBytes } from 'node:crypto';
import { fieldOf, rewriteHeader, type HeaderField } from '@sealpost/mime';
import { openSignedPart, type SignedPart, type SmimeKey } from '@sealpost/smime';
import type { SettledSmime } from './decide-smime.ts';
import { ownSection } from './inspect.ts';
import type { RewrittenContent } from './keep-content.ts';
import type { DoorDeps } from './submission.ts';

export interface SmimeFacts {
  readonly smime: SettledSmime;
  /** Milliseconds since 1970. */
  readonly signedAt: number;
}

export function withSmime(
  content: RewrittenContent,
  { smime, signedAt }: SmimeFacts,
  { logger }: Pick<DoorDeps, 'logger'>,
): RewrittenContent | Promise<RewrittenContent> {
  switch (smime.kind) {
    case 'leave':
      return content;
    case 'unsigned':
      // Source: SES contract 8.3: in SES nobody learns of it.
      logger.warn({ messageId: content.messageId }, 'not S/MIME-signed, although its set asks for it');
      return content;
    case 'sign':
      return signed(content, smime.key, signedAt);
  }
}

/** Content that still arrives is signed when it is all here; it is never held whole. */
async function signed(
  { head, bodyStart, ...rewritten }: RewrittenContent,
  key: SmimeKey,
  signedAt: number,
): Promise<RewrittenContent> {
  const section = ownSection(head);
  const fields = Buffer.concat(
    section.fields.filter(isOfPart).map(({ start, end }) => head.subarray(start, end)),
  );
  const boundary = `smime-${randomBytes(18).toString('hex')}`;
  const part = openSignedPart({ fields, boundary, signedAt }, key);
  const outer = rewriteHeader(head.subarray(0, bodyStart), section, {
    inFront: '',
    takeOut: isOfPart,
    atEnd: mimeVersion(section.fields) + part.field + encodingOfWhole(section.fields),
  }).content;
  const body = head.subarray(bodyStart);
  part.push(body);
  const begun = [outer, part.opening, body];
  const { arriving } = rewritten;
  if (arriving === undefined) {
    return { ...rewritten, head: Buffer.concat([...begun, await part.finish()]), bodyStart: outer.length };
  }
  const rest = passing(arriving.rest, part);
  return {
    ...rewritten,
    head: Buffer.concat(begun),
    bodyStart: outer.length,
    arriving: { rest, fault: arriving.fault },
  };
}

function isOfPart({ lowerName }: HeaderField): boolean {
  return lowerName.startsWith('content-');
}

function mimeVersion(fields: readonly HeaderField[]): string {
  return fieldOf(fields, 'mime-version') === undefined ? 'MIME-Version: 1.0\r\n' : '';
}

/** RFC 2045 §6.4: a multipart says so when there is more than 7-bit text in it. */
function encodingOfWhole(fields: readonly HeaderField[]): string {
  const encoding = fieldOf(fields, 'content-transfer-encoding')?.toLowerCase();
  return encoding === '8bit' || encoding === 'binary' ? `Content-Transfer-Encoding: ${encoding}\r\n` : '';
}

async function* passing(rest: AsyncIterable<Buffer>, part: SignedPart): AsyncGenerator<Buffer> {
  for await (const bytes of rest) {
    part.push(bytes);
    yield bytes;
  }
  yield await part.finish();
}
