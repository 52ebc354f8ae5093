// Postfix as a relay for authenticated submission, with configuration, queue and users of its own in the bench's folder.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { issueSelfSigned } from '@sealpost/authority';
import { eventually, freePort } from '@sealpost/testing';
import { startChild } from '../processes/child.ts';
import type { Destination, SystemPlace, SystemUnderTest } from './system-under-test.ts';

const USER = { name: 'bench', domain: 'sender.test', password: 'bench-secret' } as const;
const PROGRAMS = ['postfix', 'postconf', 'saslpasswd2'] as const;

/** Why there is no peer here, or undefined. */
export function whyNoPostfix(env: NodeJS.ProcessEnv): string | undefined {
  const missing = PROGRAMS.filter((program) => spawnSync('which', [program], { env }).status !== 0);
  if (missing.length > 0) return `${missing.join(', ')} not installed`;
  return process.getuid?.() === 0 ? undefined : 'Postfix needs root';
}

export function postfixVersion(env: NodeJS.ProcessEnv): string {
  return run('postconf', ['-d', '-h', 'mail_version'], env).trim();
}

export async function startPostfix(to: Destination, place: SystemPlace): Promise<SystemUnderTest> {
  const folder = path.join(place.folder, 'postfix');
  const port = await freePort();
  const folders = makeFolders(folder, place.env);
  await writeCertificate(folder);
  addUser(folders.sasl, place.env);
  writeFileSync(path.join(folders.config, 'main.cf'), mainCf(folder, to));
  writeFileSync(path.join(folders.config, 'master.cf'), masterCf(port));
  const child = startChild([...place.pinned, 'postfix', '-c', folders.config, 'start-fg'], {
    env: place.env,
  });
  const stop = async () => {
    // What was started is a script; its child hears of the end in this way only.
    spawnSync('postfix', ['-c', folders.config, 'stop'], { env: place.env });
    await child.stop();
  };
  try {
    await eventually(() => listens(port), { timeoutMs: 15_000, what: 'Postfix' });
  } catch (error) {
    await stop();
    throw new Error(`Postfix did not start:\n${child.output()}`, { cause: error });
  }
  return {
    name: 'Postfix',
    smtp: { host: '127.0.0.1', port, user: `${USER.name}@${USER.domain}`, password: USER.password },
    pid: child.process.pid ?? 0,
    output: child.output,
    stop,
  };
}

function makeFolders(folder: string, env: NodeJS.ProcessEnv) {
  const of = (name: string) => path.join(folder, name);
  // Debian's Postfix looks for SASL's settings beside its own, whatever cyrus_sasl_config_path says.
  const folders = { config: of('etc'), queue: of('queue'), state: of('data'), sasl: of('etc/sasl') };
  for (const each of Object.values(folders)) mkdirSync(each, { recursive: true });
  giveToPostfix(folders.state, env);
  return folders;
}

async function writeCertificate(folder: string): Promise<void> {
  const certificate = await issueSelfSigned({
    commonName: 'relay.bench.test',
    dnsNames: ['relay.bench.test'],
    ipAddresses: [],
    keyType: 'ecdsa',
  });
  writeFileSync(path.join(folder, 'relay.pem'), certificate.keyPem + certificate.certificatePem, {
    mode: 0o600,
  });
}

function addUser(folder: string, env: NodeJS.ProcessEnv): void {
  const file = path.join(folder, 'sasldb2');
  const args = ['-p', '-c', '-u', USER.domain, '-f', file, USER.name];
  run('saslpasswd2', args, env, USER.password);
  giveToPostfix(file, env);
  chmodSync(file, 0o600);
  const settings = {
    pwcheck_method: 'auxprop',
    auxprop_plugin: 'sasldb',
    mech_list: 'PLAIN',
    sasldb_path: file,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(path.join(folder, 'smtpd.conf'), lines.join(''));
}

function giveToPostfix(file: string, env: NodeJS.ProcessEnv): void {
  const id = (flag: string) => Number(run('id', [flag, 'postfix'], env));
  chownSync(file, id('-u'), id('-g'));
}

/** Tuned for throughput: connections are reused, no limit of its own is in the way. */
function mainCf(folder: string, to: Destination): string {
  const settings = {
    compatibility_level: '3.6',
    queue_directory: path.join(folder, 'queue'),
    data_directory: path.join(folder, 'data'),
    mail_owner: 'postfix',
    setgid_group: 'postdrop',
    maillog_file_prefixes: folder,
    maillog_file: path.join(folder, 'mail.log'),
    myhostname: 'relay.bench.test',
    mydestination: '',
    local_recipient_maps: '',
    alias_maps: '',
    inet_interfaces: 'loopback-only',
    inet_protocols: 'ipv4',
    mynetworks: '127.255.255.255/32',
    relayhost: `[127.0.0.1]:${to.port}`,
    smtp_host_lookup: 'native',
    smtpd_peername_lookup: 'no',
    notify_classes: '',
    message_size_limit: '52428800',
    default_process_limit: '200',
    in_flow_delay: '0',
    smtpd_client_connection_count_limit: '0',
    smtpd_client_connection_rate_limit: '0',
    default_destination_concurrency_limit: '50',
    initial_destination_concurrency: '20',
    smtp_connection_cache_on_demand: 'yes',
    smtp_tls_connection_reuse: 'yes',
    smtp_tls_security_level: 'may',
    smtpd_tls_chain_files: path.join(folder, 'relay.pem'),
    smtpd_sasl_path: 'smtpd',
    cyrus_sasl_config_path: path.join(folder, 'etc/sasl'),
    smtpd_sasl_local_domain: USER.domain,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

/** service, type, private, unprivileged, chroot, wakeup, maxproc, command: master(5). */
function masterCf(port: number): string {
  const submission =
    `127.0.0.1:${port} inet n - n - - smtpd\n  -o smtpd_tls_security_level=encrypt\n` +
    '  -o smtpd_sasl_auth_enable=yes\n  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject\n' +
    '  -o smtpd_recipient_restrictions=\n';
  const services = [
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    ...['bounce', 'defer', 'trace'].map((name) => `${name} unix - - n - 0 bounce`),
    'verify unix - - n - 1 verify',
    'flush unix n - n 1000? 0 flush',
    'proxymap unix - - n - - proxymap',
    'proxywrite unix - - n - 1 proxymap',
    ...['smtp', 'relay'].map((name) => `${name} unix - - n - - smtp`),
    ...['error', 'retry'].map((name) => `${name} unix - - n - - error`),
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
    'tlsproxy unix - - n - 0 tlsproxy',
    'postlog unix-dgram n - n - 1 postlogd',
  ];
  return submission + services.map((line) => `${line}\n`).join('');
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv, input = ''): string {
  const { status, stdout, stderr } = spawnSync(program, args, { env, input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
  return stdout;
}
