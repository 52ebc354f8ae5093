// Which header sections SES takes: fields that may stand once only. Source: SES contract 4.8.
import type { HeaderField } from './header-section.ts';

// DKIM-Signature is left out on purpose: several signatures are legitimate (RFC 6376 §4).
const AT_MOST_ONCE = new Set(
  (
    'accept-language acceptlanguage archived-at auto-submitted bounces-to comments content-alternative content-base ' +
    'content-class content-description content-disposition content-duration content-id content-language ' +
    'content-length content-location content-md5 content-transfer-encoding content-type date delivered-to ' +
    'disposition-notification-options disposition-notification-to domainkey-signature errors-to from importance ' +
    'in-reply-to keywords list-archive list-help list-id list-owner list-post list-subscribe list-unsubscribe ' +
    'list-unsubscribe-post message-context message-id mime-version organization original-from ' +
    'original-message-id original-recipient original-subject precedence priority references reply-to ' +
    'return-path return-receipt-to sender solicitation sensitivity subject thread-index thread-topic ' +
    'user-agent vbr-info'
  ).split(' '),
);

/** The name, as written, of the first field that is repeated although it must not be. */
export function duplicateField(fields: readonly HeaderField[]): string | undefined {
  const seen = new Set<string>();
  for (const { name, lowerName } of fields) {
    if (!AT_MOST_ONCE.has(lowerName)) continue;
    if (seen.has(lowerName)) return name;
    seen.add(lowerName);
  }
  return undefined;
}
