// ListSuppressedDestinations, v2. Source: SES contract 2.1, 2.2; traps 7, 54.
import { ApiFault } from '../api-fault.ts';
import { choice, instant, list, number, text } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { askedPage, nextToken, type AskedPage } from '../pages.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { refuseTenant } from './put-suppressed-destination.ts';

export const listSuppressedDestinations = restOperation({
  name: 'ListSuppressedDestinations',
  routes: ['GET /v2/email/suppression/addresses'],
  input: {
    TenantName: text(),
    Reasons: list(choice('BOUNCE', 'COMPLAINT')),
    StartDate: instant(),
    EndDate: instant(),
    NextToken: text(),
    PageSize: number(),
  },
  queryNames: { Reasons: 'Reason' },
  errors: ['invalid-next-token', 'not-found'],
  run: (input, { suppression }) => {
    refuseTenant(input.TenantName);
    const page = pageOf(input.NextToken, input.PageSize);
    const { addresses, hasMore } = suppression.list(
      {
        reasons: input.Reasons,
        from: input.StartDate ?? 0,
        until: input.EndDate ?? Number.MAX_SAFE_INTEGER,
      },
      { afterAddress: page.afterName, pageSize: page.pageSize },
    );
    return Promise.resolve({
      SuppressedDestinationSummaries: addresses.map(({ emailAddress, reason, lastUpdate }) => ({
        EmailAddress: emailAddress,
        Reason: reason,
        LastUpdateTime: lastUpdate / 1000,
      })),
      ...withoutUndefined({ NextToken: nextToken(hasMore, addresses.at(-1)?.emailAddress) }),
    });
  },
});

const SIZES = { usual: 100, max: 1000 };

/** This operation alone has an error of its own for a bad token. */
function pageOf(token: string | undefined, size: number | undefined): AskedPage {
  const first = askedPage(undefined, size, SIZES);
  try {
    return askedPage(token, first.pageSize, SIZES);
  } catch (error) {
    if (!(error instanceof ApiFault)) throw error;
    throw new ApiFault('invalid-next-token', 'The specified request includes an invalid or expired token.');
  }
}
