export { channelCredentials, serverCredentials } from './credentials.ts';
