// A binary member: in what is left of its body stands the place of its bytes.
import { ApiFault } from '../api-fault.ts';
import type { BinaryValue } from './base64-decoder.ts';
import type { ReadBody } from './body-reader.ts';

/** Throws ApiFault for what was no base64. */
export function binaryOf(place: string, binaries: ReadBody['binaries']): BinaryValue {
  const value = /^\d{1,5}$/.test(place) ? binaries[Number(place)] : undefined;
  if (value === undefined) throw new ApiFault('serialization', 'Invalid base64-encoded data.');
  return value;
}
