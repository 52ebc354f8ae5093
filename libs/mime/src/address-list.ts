// The mailboxes of an address header field, without their display names. Source: RFC 5322 §3.4. One pass, no
// recursion: nested comments and endless groups cost no more than their length (faults 4.1 row 29).

/** `A <a@x>, "B, C" <b@y>, grp: c@z;` → ['a@x', 'b@y', 'c@z']; undefined when it is no address list. */
export function parseAddressList(value: string): readonly string[] | undefined {
  const pieces = splitList(value);
  if (pieces === undefined) return undefined;
  const mailboxes = pieces.map(mailboxOf).filter((each) => each !== '');
  return mailboxes.some((each) => /[<>]/.test(each)) ? undefined : mailboxes;
}

// Quoted strings and bracketed addresses are one token each, so that no comma inside them separates.
const TOKEN = /"(?:[^"\\]|\\.)*"|<[^<>]*>|\\.|[(),;:]|[^"<>()\\,;:]+/gs;

/** Splits at commas, and at the colons and semicolons of groups; drops comments. */
function splitList(value: string): readonly string[] | undefined {
  const tokens = value.match(TOKEN) ?? [];
  // What no token covers is a quote or a bracket without its partner.
  if (tokens.reduce((length, token) => length + token.length, 0) !== value.length) return undefined;
  const pieces = [''];
  let commentDepth = 0;
  for (const token of tokens) {
    if (token === '(') commentDepth += 1;
    else if (token === ')') commentDepth -= 1;
    else if (commentDepth === 0) addToken(pieces, token);
  }
  return commentDepth === 0 ? pieces : undefined;
}

function addToken(pieces: string[], token: string): void {
  const last = pieces.length - 1;
  if (token === ',' || token === ';') pieces.push('');
  // What stands before a colon is the name of a group.
  else if (token === ':') pieces[last] = '';
  else pieces[last] = (pieces[last] ?? '') + token;
}

function mailboxOf(piece: string): string {
  const bracketed = /<([^<>]*)>\s*$/.exec(piece);
  return (bracketed?.[1] ?? piece).trim();
}
