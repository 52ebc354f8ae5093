// Replies of a server. Source: RFC 5321 §4.2.1.

/** One line per text, the last with a blank behind the code; each ends in CRLF. Texts hold no CR or LF. */
export function formatReply(code: number, ...texts: readonly string[]): string {
  const lines = texts.length === 0 ? [''] : texts;
  return lines
    .map(
      (text, index) => `${code}${index === lines.length - 1 ? ' ' : '-'}${text.replace(/[\r\n]+/g, ' ')}\r\n`,
    )
    .join('');
}
