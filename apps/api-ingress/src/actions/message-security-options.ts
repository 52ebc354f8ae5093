// MessageSecurityOptions of configuration sets, v2: whether mail is S/MIME-signed here. Source: SES contract 2.3.
import type { SigningScheme } from '@sealpost/contracts';
import { ApiFault } from '../api-fault.ts';
import { choice, structure, type InputOf } from '../input/members.ts';

const securityMembers = {
  SigningScheme: structure({
    DefaultScheme: structure({}),
    SmimeScheme: structure({ SignatureFormat: choice('DETACHED') }),
  }),
};
export const messageSecurityOptions = structure(securityMembers);

/** Undefined: nothing was said. Throws ApiFault. */
export function requestedScheme(
  options: InputOf<typeof securityMembers> | undefined,
): SigningScheme | undefined {
  const scheme = options?.SigningScheme;
  if (scheme === undefined) return undefined;
  const isSmime = scheme.SmimeScheme !== undefined;
  if (isSmime === (scheme.DefaultScheme !== undefined))
    throw new ApiFault('validation', 'SigningScheme must have exactly one of DefaultScheme and SmimeScheme.');
  return isSmime ? 'Smime' : 'Default';
}

/** The block that GetConfigurationSet answers with. */
export function shownSecurity(scheme: SigningScheme | undefined): object | undefined {
  if (scheme === undefined) return undefined;
  return {
    SigningScheme:
      scheme === 'Smime' ? { SmimeScheme: { SignatureFormat: 'DETACHED' } } : { DefaultScheme: {} },
  };
}
