// Texts of parameters that stand for numbers and timestamps.

export function numberOf(text: string): number | undefined {
  const amount = Number(text);
  return Number.isFinite(amount) && text.trim() !== '' ? amount : undefined;
}

/** ISO 8601 → milliseconds since 1970. */
export function instantOf(text: string): number | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
