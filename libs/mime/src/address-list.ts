// The mailboxes of an address header field, without their display names. Source: RFC 5322 §3.4. One pass, no
// recursion: nested comments and endless groups cost no more than their length (faults 4.1 row 29).

/** `A <a@x>, "B, C" <b@y>, grp: c@z;` → ['a@x', 'b@y', 'c@z']; undefined when it is no address list. */
export function parseAddressList(value: string): readonly string[] | undefined {
  const mailboxes: string[] = [];
  for (const piece of splitList(value) ?? [undefined]) {
    const mailbox = piece === undefined ? undefined : mailboxOf(piece);
    if (mailbox === undefined) return undefined;
    if (mailbox !== '') mailboxes.push(mailbox);
  }
  return mailboxes;
}

/** Whatever looks like an address and does not stand in a quoted string: names and comments are looked at as well. */
export function addressesOutsideQuotes(value: string): readonly string[] {
  const text = (value.match(TOKEN) ?? []).map((token) => (token.startsWith('"') ? ' ' : token)).join('');
  return text.split(/[\s<>(),:;]/).filter((word) => /^[^@]+@./.test(word));
}

// Quoted strings and bracketed addresses are one token each, so that no comma inside them separates.
const TOKEN = /"(?:[^"\\]|\\.)*"|<[^<>]*>|\\.|[(),;:]|[^"<>()\\,;:]+/gs;

/** Splits at commas, and at the colons and semicolons of groups; drops comments. The tokens of each piece. */
function splitList(value: string): readonly (readonly string[])[] | undefined {
  const tokens = value.match(TOKEN) ?? [];
  // What no token covers is a quote or a bracket without its partner.
  if (tokens.reduce((length, token) => length + token.length, 0) !== value.length) return undefined;
  const pieces: string[][] = [[]];
  let commentDepth = 0;
  for (const token of tokens) {
    if (token === '(') commentDepth += 1;
    else if (token === ')') commentDepth -= 1;
    else if (commentDepth === 0 && !addToken(pieces, token)) return undefined;
  }
  return commentDepth === 0 ? pieces : undefined;
}

/** False when it can't stand there. */
function addToken(pieces: string[][], token: string): boolean {
  const last = pieces.at(-1) ?? [];
  if (token === ',' || token === ';') pieces.push([]);
  else if (token === ':') {
    // What stands before a colon is the name of a group; one with an address in it is read in two ways.
    if (last.some((each) => !each.startsWith('"') && /[<@]/.test(each))) return false;
    last.length = 0;
  } else last.push(token);
  return true;
}

/** Undefined for two addresses in brackets: who reads such a field shows the one, or the other. */
function mailboxOf(tokens: readonly string[]): string | undefined {
  const bracketed = tokens.filter((token) => token.startsWith('<'));
  const [only = ''] = bracketed;
  if (bracketed.length === 0) return tokens.join('').trim();
  const isLast = tokens.slice(tokens.indexOf(only) + 1).every((token) => token.trim() === '');
  return bracketed.length === 1 && isLast ? only.slice(1, -1).trim() : undefined;
}
