// Replies of a server. Source: RFC 5321 §4.2.1.

/** One line per text, the last with a blank behind the code; each ends in CRLF. Texts hold no CR or LF. */
export function formatReply(code: number, ...texts: readonly string[]): string {
  const last = texts.length - 1;
  let reply = '';
  for (let index = 0; index < last; index += 1) reply += `${code}-${oneLine(texts[index])}\r\n`;
  return `${reply}${code} ${oneLine(texts[last])}\r\n`;
}

function oneLine(text = ''): string {
  // A search costs a tenth of an expression, and hardly any text has one.
  return text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]+/g, ' ') : text;
}
