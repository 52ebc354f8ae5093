export { hasMac } from './content-mac.ts';
export { ContentStoreFull } from './content-store.ts';
export { openSpool, type Spool } from './open-spool.ts';
export { contentSettings, spoolSettings, type SpoolSettings } from './spool-settings.ts';
