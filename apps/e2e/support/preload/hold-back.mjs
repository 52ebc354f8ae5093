// Preloaded into the services (node --import): while the file HOLD_BACK is there, mx-delivery ends at its start. So a
// test can run workers of its own in place of the system's.
import { existsSync } from 'node:fs';

if (process.argv[1]?.includes('/mx-delivery/') && existsSync(process.env.HOLD_BACK ?? '')) process.exit(1);
