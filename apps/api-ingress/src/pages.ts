// Pages of lists. The token is the last name of a page, opaque to callers; absent at the end (trap 54).
import { ApiFault } from './api-fault.ts';

export interface AskedPage {
  readonly pageSize: number;
  /** Empty for the first page. */
  readonly afterName: string;
}

export interface PageLimits {
  readonly usual: number;
  readonly max: number;
}

/** Throws ApiFault. */
export function askedPage(
  token: string | undefined,
  size: number | undefined,
  { usual, max }: PageLimits,
): AskedPage {
  const pageSize = size ?? usual;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > max)
    throw new ApiFault('invalid-parameter', `The page size must be between 1 and ${max}.`);
  return { pageSize, afterName: token === undefined || token === '' ? '' : nameOf(token) };
}

export function nextToken(hasMore: boolean, lastName: string | undefined): string | undefined {
  return hasMore && lastName !== undefined ? Buffer.from(lastName).toString('base64url') : undefined;
}

/** A name of ours has at most 320 characters. */
function nameOf(token: string): string {
  const name = Buffer.from(token, 'base64url');
  const isOurs = token.length <= 500 && name.toString('base64url') === token && name.length > 0;
  if (!isOurs) throw new ApiFault('invalid-parameter', 'The NextToken is invalid.');
  return name.toString('utf8');
}
