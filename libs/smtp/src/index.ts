export { dotStuff } from './dot-stuff.ts';
export { ReplyParser, type ParsedReply, type ReplyResult } from './reply-parser.ts';
export { DotDecoder, type DecodedContent } from './dot-decoder.ts';
export { LineCheck, type LineFault } from './line-check.ts';
export { formatReply } from './format-reply.ts';
export { isInternational, NEEDS_SMTPUTF8, parseCommand, type Command } from './parse-command.ts';
