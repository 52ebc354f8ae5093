export {
  decodeAcceptedMessage,
  decodeDeferredJob,
  encodeAcceptedMessage,
  encodeDeferredJob,
  type Decoded,
} from './mail-records.ts';
