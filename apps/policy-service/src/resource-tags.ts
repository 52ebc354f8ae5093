// Tags of resources. Source: SES contract 7 (50 per resource, key 1–128, value at most 256).
import type { ResourceTag, TagChange } from '@sealpost/contracts';

const MAX_TAGS = 50;

/** A key that is there gets the new value and keeps its place. */
export function changedTags(tags: readonly ResourceTag[], change: TagChange): readonly ResourceTag[] {
  const values = new Map(tags.map(({ key, value }) => [key, value]));
  for (const { key, value } of change.put) values.set(key, value);
  for (const key of change.removedKeys) values.delete(key);
  return [...values].map(([key, value]) => ({ key, value }));
}

/** What is wrong with tags, or undefined. */
export function tagsFault(tags: readonly ResourceTag[]): string | undefined {
  if (tags.length > MAX_TAGS) return `A resource can have at most ${MAX_TAGS} tags.`;
  if (new Set(tags.map(({ key }) => key)).size < tags.length) return 'Tag keys must be unique.';
  const isBad = ({ key, value }: ResourceTag) => key.length < 1 || key.length > 128 || value.length > 256;
  return tags.some(isBad) ? 'Tag keys must have 1 to 128 characters, and tag values at most 256.' : undefined;
}
