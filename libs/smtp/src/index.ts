export { dotStuff } from './dot-stuff.ts';
export { ReplyParser, type ParsedReply, type ReplyResult } from './reply-parser.ts';
