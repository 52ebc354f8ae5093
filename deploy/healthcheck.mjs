// The health check of the images: no shell, no curl. Exit status 0: this container can do its job.
// Without an argument it asks /readyz on OPERATIONS_PORT; with `smtp` it waits for a greeting on INBOX_PORT.
import { connect } from 'node:net';

const TIMEOUT_MS = 2500;
const fail = (reason) => {
  process.stdout.write(`${reason}\n`);
  process.exit(1);
};

if (process.argv[2] === 'smtp') {
  const socket = connect({ host: '127.0.0.1', port: Number(process.env.INBOX_PORT) });
  socket.setTimeout(TIMEOUT_MS, () => fail('no greeting'));
  socket.once('error', (error) => fail(error.message));
  socket.once('data', (greeting) => process.exit(greeting.toString().startsWith('220 ') ? 0 : 1));
} else {
  try {
    const url = `http://127.0.0.1:${process.env.OPERATIONS_PORT}/readyz`;
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    process.stdout.write(await response.text());
    process.exit(response.ok ? 0 : 1);
  } catch (error) {
    fail(String(error.cause ?? error));
  }
}
