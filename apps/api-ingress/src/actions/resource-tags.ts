// Tags of resources as v2 has them. Source: SES contract 7.
import type { ResourceTag } from '@sealpost/contracts';
import { list, required, structure, text, type InputOf } from '../input/members.ts';

const tagShape = {
  Key: required(text({ min: 1, max: 128 })),
  Value: required(text({ mayBeEmpty: true, max: 256 })),
};

export const tagList = list(structure(tagShape), { max: 50 });

export function resourceTags(tags: readonly InputOf<typeof tagShape>[]): readonly ResourceTag[] {
  return tags.map(({ Key, Value }) => ({ key: Key, value: Value }));
}

export function shownTags(
  tags: readonly ResourceTag[],
): readonly { readonly Key: string; readonly Value: string }[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}
