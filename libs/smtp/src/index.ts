export { dotStuff } from './dot-stuff.ts';
export { ReplyParser, type ParsedReply, type ReplyResult } from './reply-parser.ts';
export { ContentReceiver, type ContentFault, type ReceivedContent } from './content-receiver.ts';
export { formatReply } from './format-reply.ts';
export { parseCommand, type Command } from './parse-command.ts';
