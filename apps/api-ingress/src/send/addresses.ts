// Addresses of API calls: display names off, syntax checked, SES's texts. Source: SES contract 1.3, 1.5.
import { parseMailbox } from '@sealpost/mail';
import { parseAddressList } from '@sealpost/mime';
import { ApiFault, type FaultCode } from '../api-fault.ts';

const MAX_RECIPIENTS = 50;
const MAX_ADDRESSES = 1000;

/** One address, with or without a display name → mailbox as it stands in an envelope. */
export function mailboxOf(text: string, code: FaultCode = 'invalid-parameter'): string {
  const [address, ...more] = parseAddressList(text) ?? [];
  if (address === undefined || more.length > 0) throw new ApiFault(code, 'Illegal address');
  return checked(address, code);
}

/** All addresses of header field values. */
export function mailboxesOf(values: readonly string[], code: FaultCode): readonly string[] {
  return values.flatMap((value) => {
    const addresses = parseAddressList(value);
    if (addresses === undefined) throw new ApiFault(code, 'Illegal address');
    return addresses.map((address) => checked(address, code));
  });
}

/** Before any of them is looked at: the same one may stand there more than once, but not without end. Throws ApiFault. */
export function assertFew(addresses: readonly string[]): void {
  if (addresses.length > MAX_ADDRESSES) throw tooManyRecipients();
}

/** One bad recipient rejects the whole call; the same one twice counts once. */
export function envelopeRecipients(mailboxes: readonly string[]): readonly string[] {
  const recipients = [...new Set(mailboxes)];
  if (recipients.length === 0) throw new ApiFault('invalid-parameter', 'No recipients were specified.');
  if (recipients.length > MAX_RECIPIENTS) {
    throw tooManyRecipients();
  }
  return recipients;
}

function tooManyRecipients(): ApiFault {
  return new ApiFault('invalid-parameter', `Recipient count exceeds ${MAX_RECIPIENTS}.`);
}

function checked(address: string, code: FaultCode): string {
  const parsed = parseMailbox(address);
  if (parsed.kind === 'mailbox') return parsed.mailbox.text;
  throw new ApiFault(code, parsed.fault);
}
