/** Timestamps of v2: seconds since 1970, with a fraction (trap 17). */
export function epochSeconds(milliseconds: number): number {
  return milliseconds / 1000;
}
