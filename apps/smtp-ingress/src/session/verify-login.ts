// Whether a user and a password belong together, at a pace that makes guessing pointless. Source: faults 4.1
// rows 7 and 9: what is wrong, user or password, can't be told from the answer; a user who has not been asked for
// lately costs a question to policy-service, and one that does not exist does so every two seconds.
import { setTimeout as delay } from 'node:timers/promises';
import type { SecretAnswer } from '@sealpost/policy-client';
import { formatReply } from '@sealpost/smtp';
import type { AuthThrottle, Login } from '../auth-throttle.ts';
import { passwordMatches } from './authenticate.ts';

export type LoginResult = 'accepted' | 'refused' | 'throttled' | 'unavailable';

export interface VerifyDeps {
  /** The password that belongs to a user. */
  readonly passwordOf: (user: string) => Promise<SecretAnswer<'password', string>>;
  readonly throttle: AuthThrottle;
  /** For the words of a refusal. */
  readonly accountId: string;
}

export function verifyLogin(login: Login, password: string, deps: VerifyDeps): Promise<LoginResult> {
  return deps.throttle.inTurn(login, () => verifyInTurn(login, password, deps));
}

async function verifyInTurn(login: Login, password: string, deps: VerifyDeps): Promise<LoginResult> {
  const admission = await deps.throttle.admit(login);
  if (admission.kind === 'refused') return 'throttled';
  if (admission.delayMs > 0) await delay(admission.delayMs, undefined, { ref: false });
  const answer = await deps.passwordOf(login.user);
  if (answer.kind === 'unavailable') {
    await admission.undecided();
    return 'unavailable';
  }
  if (passwordMatches(password, answer.kind === 'password' ? answer.password : undefined)) {
    await admission.succeeded();
    return 'accepted';
  }
  await admission.failed();
  return 'refused';
}

/** Texts of SES contract 4.3. */
export function loginReply(result: LoginResult): string {
  switch (result) {
    case 'accepted':
      return formatReply(235, 'Authentication successful.');
    case 'refused':
      return formatReply(535, 'Authentication Credentials Invalid');
    case 'throttled':
      return formatReply(454, '4.7.0 Temporary authentication failure');
    case 'unavailable':
      return formatReply(454, 'Temporary authentication failure');
  }
}
