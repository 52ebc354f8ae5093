// PutAccountSuppressionAttributes, v2. Reasons left out are none, as it is a put: the list is off then.
// Source: SES contract 5.5.
import { choice, list, structure } from '../input/members.ts';
import { restOperation } from '../operation.ts';

export const putAccountSuppressionAttributes = restOperation({
  name: 'PutAccountSuppressionAttributes',
  routes: ['PUT /v2/email/account/suppression'],
  // Validation of addresses before sending is nothing this system does.
  input: { SuppressedReasons: list(choice('BOUNCE', 'COMPLAINT')), ValidationAttributes: structure({}) },
  errors: [],
  run: async ({ SuppressedReasons }, { suppression }) => {
    await suppression.setAccountReasons(SuppressedReasons);
    return {};
  },
});
