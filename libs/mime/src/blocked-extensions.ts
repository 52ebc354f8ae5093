// Which file names SES refuses, and in which words. Source: SES contract 7, "Blocked attachment extensions".
import { decodeEncodedWords } from './charset.ts';

/** SES's list: lower case, with the dot. `.cer .crt .der` are on it, `.p7m .p7s .asc .gpg .pgp` are not. */
export const SES_BLOCKED_EXTENSIONS: readonly string[] = (
  '.ade .adp .app .asp .bas .bat .cer .chm .cmd .com .cpl .crt .csh .der .exe .fxp .gadget .hlp .hta .inf .ins .isp ' +
  '.its .js .jse .ksh .lib .lnk .mad .maf .mag .mam .maq .mar .mas .mat .mau .mav .maw .mda .mdb .mde .mdt .mdw .mdz ' +
  '.msc .msh .msh1 .msh2 .mshxml .msh1xml .msh2xml .msi .msp .mst .ops .pcd .pif .plg .prf .prg .reg .scf .scr .sct ' +
  '.shb .shs .sys .ps1 .ps1xml .ps2 .ps2xml .psc1 .psc2 .tmp .url .vb .vbe .vbs .vps .vsmacros .vss .vst .vsw .vxd ' +
  '.ws .wsc .wsf .wsh .xnk'
).split(' ');

/** The end of a name is what counts; decoding more would only cost time. */
const MAX_NAME_LENGTH = 1000;
const MAX_SHOWN_LENGTH = 100;

/** The name as the refusal shows it, or undefined when it is allowed. `written` may hold encoded words. */
export function illegalFileName(written: string, blocked: ReadonlySet<string>): string | undefined {
  // Windows drops dots and blanks at the end of a name: `x.exe.` is stored as `x.exe`.
  const name = withoutTail(decodeEncodedWords(written.slice(-MAX_NAME_LENGTH)));
  const dot = name.lastIndexOf('.');
  if (dot < 0 || !blocked.has(name.slice(dot).toLowerCase())) return undefined;
  return shown(name);
}

function withoutTail(name: string): string {
  let end = name.length;
  while (end > 0 && /[.\s\p{Cc}\p{Cf}]/u.test(name.charAt(end - 1))) end -= 1;
  return name.slice(0, end);
}

/** Goes into an SMTP reply and an XML answer: printable ASCII, short, the extension visible. */
function shown(name: string): string {
  const ascii = name.trim().replace(/[^\x20-\x7e]/g, '?');
  return ascii.length <= MAX_SHOWN_LENGTH ? ascii : `...${ascii.slice(3 - MAX_SHOWN_LENGTH)}`;
}
