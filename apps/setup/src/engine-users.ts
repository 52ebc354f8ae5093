// The users of the engines: NATS knows public keys, Redis knows hashes of passwords.
import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { writePrivately } from '@sealpost/first-start';
import { createUser, fromSeed } from 'nkeys.js';
import { keepText } from './kept-text.ts';
import { PARTS, type Part } from './parts.ts';

/** `secrets/nats.seed` of each part, and NATS's `secrets/nkeys.conf`: the variables that users.conf names. */
export async function makeNatsUsers(dir: string): Promise<void> {
  const lines: string[] = [];
  for (const { name } of usersOf('nats')) {
    const seed = await keepText(secretFile(dir, name, 'nats.seed'), () => text(createUser().getSeed()));
    const publicKey = fromSeed(new TextEncoder().encode(seed)).getPublicKey();
    lines.push(`NKEY_${name.toUpperCase().replaceAll('-', '_')}: ${publicKey}\n`);
  }
  await writePrivately(secretFile(dir, 'nats', 'nkeys.conf'), lines.join(''));
}

/** `secrets/redis.password` of each part, and Redis's `secrets/users.acl`. */
export async function makeRedisUsers(dir: string): Promise<void> {
  const lines = ['user default off', 'user health on nopass resetkeys -@all +ping'];
  for (const { name, redisRules = '' } of usersOf('redis')) {
    const password = await keepPassword(dir, name);
    lines.push(`user ${name} on #${sha256(password)} resetkeys resetchannels -@all ${redisRules}`);
  }
  // A copy follows the first one as this user.
  const replica = await keepPassword(dir, 'redis');
  lines.push(`user replica on #${sha256(replica)} -@all +psync +replconf +ping`);
  await writePrivately(secretFile(dir, 'redis', 'users.acl'), `${lines.join('\n')}\n`);
}

function usersOf(engine: 'nats' | 'redis'): readonly Part[] {
  return PARTS.filter(({ uses }) => uses.includes(engine));
}

function keepPassword(dir: string, part: string): Promise<string> {
  return keepText(secretFile(dir, part, 'redis.password'), () => randomBytes(32).toString('base64url'));
}

export function secretFile(dir: string, part: string, name: string): string {
  return path.join(dir, part, 'secrets', name);
}

function sha256(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
