// Who a mail from parts goes to, in both protocols. Source: SES contract 1.5, 2.3.
import { list, structure, text, type InputOf } from '../input/members.ts';
import { assertFew, envelopeRecipients, mailboxOf } from './addresses.ts';

export interface Destination {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
}

const shape = { ToAddresses: list(text()), CcAddresses: list(text()), BccAddresses: list(text()) };

export const destinationMember = structure(shape);

export function destinationOf(input: InputOf<typeof shape> | undefined): Destination {
  return {
    to: input?.ToAddresses ?? [],
    cc: input?.CcAddresses ?? [],
    bcc: input?.BccAddresses ?? [],
  };
}

export function addressesOf({ to, cc, bcc }: Destination): readonly string[] {
  return [...to, ...cc, ...bcc];
}

/** Throws ApiFault. */
export function recipientsOf(destination: Destination): readonly string[] {
  const addresses = addressesOf(destination);
  assertFew(addresses);
  return envelopeRecipients(addresses.map((each) => mailboxOf(each)));
}
