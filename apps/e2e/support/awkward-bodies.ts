// MIME entities that break when anything on the way re-encodes, re-wraps, trims or re-writes them
// (SES contract 8.2): each is signed or encrypted as it stands. Line ends are CRLF.

// Long, folded, in odd case, with blanks at the ends; and names that mean something to us in the outer header only.
const ODD_FIELDS =
  'X-lOnG-FoLdEd:  one  two \r\n\tthree\t\r\n   ' +
  `${'four '.repeat(180)}\r\n .\r\n` +
  'X-SES-CONFIGURATION-SET: not-a-control-header-in-here\r\n' +
  'bcc:   inner@receiver.test  \r\nRECEIVED:by inner\r\ncontent-DESCRIPTION :  odd \r\n';

const text = (encoding: string, body: string | Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(`${ODD_FIELDS}cOnTeNt-TyPe:text/plain;\r\n\tcharset=UTF-8;\r\n     FORMAT=flowed\r\n`),
    Buffer.from(`CONTENT-transfer-ENCODING: ${encoding}\r\n\r\n`),
    Buffer.from(body),
  ]);

const nested =
  `${ODD_FIELDS}Content-Type: multipart/mixed; boundary=in\r\n\r\npreamble \r\n` +
  '--in\r\nContent-Type: multipart/alternative;\r\n boundary="in-in"\r\n\r\n' +
  '--in-in \t\r\n\r\nplain \r\n--in-in\r\nContent-Type: text/html\r\n\r\n<html><body><a href="http://x.test/">x</a></body></html>\r\n' +
  '--in-in--\r\n\r\nepilogue\r\n--in\r\n\r\n--in\r\nContent-Disposition:\r\n\r\n\r\n--in\r\n\r\n\r\n\r\n--in--\r\n';

const message =
  `${ODD_FIELDS}Content-Type: message/rfc822\r\n\r\nReceived: from inner\r\nFrom: someone@inner.test\r\n` +
  'Bcc: hidden@inner.test\r\nX-SES-MESSAGE-TAGS: not=ours\r\nsubject:inner \r\nDKIM-Signature: v=1; a=\r\n' +
  'DKIM-Signature: v=1; b=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n.inner Grüße \r\n.\r\n';

export const awkwardBodies: Readonly<Record<string, Buffer>> = {
  '7bit': text('7bit', 'Hello,\r\n\r\nFrom here\r\n>From there\r\n-- \r\nSigner\r\n'),
  '8bit': text('8bit', 'Grüße, ½ 漢字 🔏\r\n\u00a0\u2028 \r\n'),
  '8bit that is not UTF-8': text('8bit', Buffer.from('Gr\xfc\xdfe \xff\xfe\x80\r\n', 'latin1')),
  'quoted-printable': text(
    'quoted-printable',
    'Gr=C3=BC=c3=9fe =\r\nsoft =3D=20\r\n=2E\r\n=\r\n\r\n=09=\r\n',
  ),
  base64: text('base64', `${'QUJDREVG'.repeat(8)}\r\nQUJD\r\n${'R0hJ'.repeat(30)}\r\n\r\nQQ==\r\n`),
  'trailing blanks': text('7bit', 'one \r\ntwo\t\r\n \r\n\t \t\r\nthree   \r\n   \r\n \r\n'),
  'dots at line starts': text(
    '7bit',
    '.\r\n..\r\n...\r\n.x\r\n..x\r\n. \r\n .\r\n\r\n.\r\n\r\n.\r\nQUIT\r\n.\r\n',
  ),
  'dots at the end': text('7bit', 'x\r\n.\r\n.'),
  'long lines': text(
    '7bit',
    `${'x'.repeat(998)}\r\n.${'y'.repeat(997)}\r\n${' '.repeat(998)}\r\n${'.'.repeat(998)}\r\n`,
  ),
  'no body': text('7bit', ''),
  'empty lines only': text('7bit', '\r\n\r\n\r\n\r\n'),
  'no field and no body': Buffer.from('\r\n'),
  'nested multiparts with empty parts': Buffer.from(nested),
  'message/rfc822': Buffer.from(message),
};
