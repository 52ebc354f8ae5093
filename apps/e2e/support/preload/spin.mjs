// Preloaded into the services (node --import): SIGUSR2 keeps the event loop busy until the file SPIN_UNTIL is there.
import { existsSync } from 'node:fs';

process.on('SIGUSR2', () => {
  const file = process.env.SPIN_UNTIL;
  if (file === undefined) return;
  while (!existsSync(file));
});
