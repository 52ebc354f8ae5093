// Whether a container engine answers: tests that need one are skipped elsewhere, and say so.
import { request } from 'node:http';

/** Asks the engine's API (`/_ping`) at DOCKER_HOST, or at the usual socket. */
export function containerEngineAnswers(dockerHost = process.env.DOCKER_HOST): Promise<boolean> {
  const url = URL.parse(dockerHost ?? 'unix:///var/run/docker.sock');
  if (url === null) return Promise.resolve(false);
  const target =
    url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: url.port };
  return new Promise((resolve) => {
    const ping = request({ ...target, path: '/_ping', timeout: 3000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.once('error', () => {
      resolve(false);
    });
    ping.once('timeout', () => {
      ping.destroy();
      resolve(false);
    });
    ping.end();
  });
}
