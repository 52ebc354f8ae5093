// What the door refuses, in the codes of the API. Source: SES contract 1.3, 2.1.
import type { SubmissionResult } from '@sealpost/submission';
import { ApiFault, setDoesNotExist } from '../api-fault.ts';

type Refusal = Extract<SubmissionResult, { kind: 'refused' }>['refusal'];

export function refusalFault(refusal: Refusal): ApiFault {
  switch (refusal.code) {
    case 'configuration-set-does-not-exist':
      return setDoesNotExist(refusal.configurationSetName);
    case 'configuration-set-paused':
      return new ApiFault('set-paused', refusal.message, {
        ConfigurationSetName: refusal.configurationSetName,
      });
    case 'account-paused':
      return new ApiFault('account-paused', refusal.message);
    case 'mail-from-not-verified':
      return new ApiFault('mail-from-not-verified', refusal.message);
    case 'sender-not-verified':
    case 'unsigned':
      return new ApiFault('message-rejected', refusal.message);
    case 'invalid-content':
      return new ApiFault('invalid-parameter', refusal.message);
  }
}
