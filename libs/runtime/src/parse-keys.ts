// Secret keys of a setting or a file: the first is in use, the others are still taken while they are being replaced.
import { ConfigError } from './load-config.ts';

export type Keys = readonly [current: Buffer, ...former: readonly Buffer[]];

const KEY_BYTES = 32;

/** Base64 of 32 bytes each, apart by line ends or commas. Throws ConfigError, which names the source as `what`. */
export function parseKeys(text: string, what: string): Keys {
  const [current, ...former] = text
    .split(/[\s,]+/)
    .filter((line) => line !== '')
    .map((line) => Buffer.from(line, 'base64'));
  if (current === undefined || [current, ...former].some(({ length }) => length !== KEY_BYTES)) {
    throw new ConfigError(`${what} is not base64 of ${KEY_BYTES} bytes.`);
  }
  return [current, ...former];
}
