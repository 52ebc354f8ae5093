// Real keys and the programs that use them: `openssl cms` for S/MIME (RFC 8551), `gpg` for OpenPGP (RFC 3156).
// None of our own code signs, encrypts or verifies here.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runProgram, type ProgramResult } from './run-program.ts';

export interface Keys {
  readonly smime: {
    /** DER; `detached` leaves the content out. */
    sign(content: Buffer, kind: 'detached' | 'opaque'): Promise<Buffer>;
    /** A whole message as openssl itself writes it, detached. */
    signMessage(content: Buffer): Promise<Buffer>;
    /** DER. */
    encrypt(content: Buffer): Promise<Buffer>;
    /** The content of a message with a good signature; rejects without one. */
    verifyMessage(message: Buffer): Promise<Buffer>;
    decryptMessage(message: Buffer): Promise<Buffer>;
  };
  readonly pgp: {
    /** Armoured, detached. */
    sign(content: Buffer): Promise<Buffer>;
    /** Armoured. */
    encrypt(content: Buffer, signed: boolean): Promise<Buffer>;
    exportKey(): Promise<Buffer>;
    verify(content: Buffer, signature: Buffer): Promise<void>;
    /** Rejects when `signed` and there is no good signature. */
    decrypt(armoured: Buffer, signed: boolean): Promise<Buffer>;
    /** Whether this is the public key of ours, whole. */
    isOurKey(armoured: Buffer): Promise<boolean>;
  };
  close(): Promise<void>;
}

const USER = 'signer@sender.test';

export async function createKeys(): Promise<Keys> {
  await requireGpg();
  const folder = await mkdtemp(path.join(tmpdir(), 'sealpost-keys-'));
  const files = createFiles(folder);
  const certificate = path.join(folder, 'cert.pem');
  const key = path.join(folder, 'key.pem');
  await run('openssl', [
    ...[
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=Signer/emailAddress=${USER}`,
    ],
    ...['-addext', 'extendedKeyUsage=emailProtection', '-keyout', key, '-out', certificate],
  ]);
  await gpg(folder, [
    '--passphrase',
    '',
    '--quick-generate-key',
    `Signer <${USER}>`,
    'future-default',
    'default',
    'never',
  ]);
  return {
    smime: smimeKeys(files, certificate, key),
    pgp: pgpKeys(files, folder),
    close: async () => {
      // Ends the agent that gpg has started for this folder, and no other.
      await runProgram('gpgconf', ['--homedir', folder, '--kill', 'all']);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function requireGpg(): Promise<void> {
  const found = await runProgram('gpg', ['--version']).catch(() => undefined);
  if (found === undefined) {
    throw new Error(
      'gpg is missing, and the PGP scenarios need it: install it with `apt-get install gnupg`.',
    );
  }
}

interface Files {
  write(content: Buffer): Promise<string>;
  /** A path for output. */
  fresh(): string;
}

function createFiles(folder: string): Files {
  let count = 0;
  const fresh = () => path.join(folder, `file-${String((count += 1))}`);
  return {
    fresh,
    write: async (content) => {
      const name = fresh();
      await writeFile(name, content);
      return name;
    },
  };
}

async function run(program: string, args: readonly string[]): Promise<ProgramResult> {
  const result = await runProgram(program, args);
  if (result.status !== 0) throw new Error(`${program} ${args.join(' ')}\n${result.stderr}`);
  return result;
}

function smimeKeys(files: Files, certificate: string, key: string): Keys['smime'] {
  const cms = async (input: Buffer, args: readonly string[]): Promise<Buffer> => {
    const output = files.fresh();
    await run('openssl', ['cms', '-in', await files.write(input), '-out', output, ...args]);
    return readFile(output);
  };
  const signer = ['-sign', '-binary', '-md', 'sha256', '-signer', certificate, '-inkey', key];
  return {
    sign: (content, kind) =>
      cms(content, [...signer, '-outform', 'DER', ...(kind === 'opaque' ? ['-nodetach'] : [])]),
    signMessage: (content) => cms(content, [...signer, '-crlfeol', '-outform', 'SMIME']),
    encrypt: (content) =>
      cms(content, ['-encrypt', '-binary', '-aes-256-cbc', '-outform', 'DER', '-recip', certificate]),
    verifyMessage: (message) => cms(message, ['-verify', '-inform', 'SMIME', '-CAfile', certificate]),
    decryptMessage: (message) =>
      cms(message, ['-decrypt', '-binary', '-inform', 'SMIME', '-recip', certificate, '-inkey', key]),
  };
}

function gpg(folder: string, args: readonly string[]): Promise<ProgramResult> {
  return run('gpg', ['--homedir', folder, '--batch', '--no-tty', '--trust-model', 'always', ...args]);
}

function pgpKeys(files: Files, folder: string): Keys['pgp'] {
  const produce = async (
    input: Buffer,
    args: readonly string[],
  ): Promise<{ output: Buffer; status: string }> => {
    const output = files.fresh();
    const { stdout } = await gpg(folder, [
      '--status-fd',
      '1',
      '--output',
      output,
      ...args,
      await files.write(input),
    ]);
    return { output: await readFile(output), status: stdout };
  };
  return {
    sign: async (content) =>
      (await produce(content, ['--armor', '--digest-algo', 'SHA256', '--detach-sign'])).output,
    encrypt: async (content, signed) =>
      (await produce(content, ['--armor', '--recipient', USER, ...(signed ? ['--sign'] : []), '--encrypt']))
        .output,
    exportKey: async () => Buffer.from((await gpg(folder, ['--armor', '--export', USER])).stdout),
    verify: async (content, signature) => {
      const names = [await files.write(signature), await files.write(content)];
      const { stdout } = await gpg(folder, ['--status-fd', '1', '--verify', ...names]);
      if (!stdout.includes('GOODSIG')) throw new Error(`no good signature:\n${stdout}`);
    },
    decrypt: async (armoured, signed) => {
      const { output, status } = await produce(armoured, ['--decrypt']);
      if (signed && !status.includes('GOODSIG')) throw new Error(`no good signature:\n${status}`);
      return output;
    },
    isOurKey: async (armoured) => {
      const fingerprint = async (args: readonly string[]) =>
        /^fpr:+([0-9A-F]{40}):/m.exec((await gpg(folder, ['--with-colons', ...args])).stdout)?.[1];
      const ours = await fingerprint(['--list-keys', USER]);
      return ours !== undefined && ours === (await fingerprint(['--show-keys', await files.write(armoured)]));
    },
  };
}
