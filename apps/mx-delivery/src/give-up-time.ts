// When a message is given up. Source: SES contract 5.2.

/** Milliseconds since 1970. `MaxDeliverySeconds` of the set shortens the window, never lengthens it. */
export function giveUpTime(
  message: { readonly acceptedAt: number; readonly maxDeliverySeconds?: number | undefined },
  giveUpAfterMs: number,
): number {
  const ownMs = (message.maxDeliverySeconds ?? Number.POSITIVE_INFINITY) * 1000;
  return message.acceptedAt + Math.min(ownMs, giveUpAfterMs);
}
