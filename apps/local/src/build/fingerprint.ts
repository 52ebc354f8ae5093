// Whether files are those of an earlier look, told by their names, sizes and times: no content is read.
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

// What a build makes, what is none of its sources.
const NOT_LOOKED_AT = /^(?:node_modules|dist|generated|reports|test)$|\.test\.ts$/;

/** Another one whenever a file at or below one of the places was changed, made or removed. A place may be missing. */
export function fingerprint(places: readonly string[]): string {
  const hash = createHash('sha256');
  for (const place of places) {
    for (const line of lookAt(place)) hash.update(`${line}\n`);
  }
  return hash.digest('hex');
}

function lookAt(place: string): readonly string[] {
  const stat = statSync(place, { throwIfNoEntry: false });
  if (stat === undefined) return [`${place} missing`];
  if (!stat.isDirectory()) return [`${place} ${stat.size} ${stat.mtimeMs}`];
  return readdirSync(place)
    .filter((name) => !NOT_LOOKED_AT.test(name))
    .toSorted()
    .flatMap((name) => lookAt(path.join(place, name)));
}
