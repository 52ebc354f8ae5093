// The tags of a message as members of a call; both protocols spell them alike.
import type { MessageTags } from '@sealpost/mail';
import { list, required, structure, text, type InputOf } from '../input/members.ts';
import { messageTags } from './submit.ts';

const tagShape = {
  Name: required(text({ mayBeEmpty: true })),
  Value: required(text({ mayBeEmpty: true })),
};
/** SES tells no number for messages; of resources it takes 50 (SES contract 7). */
export const tagMembers = list(structure(tagShape), { max: 50 });

/** Later ones of a name stand beside earlier ones. Throws ApiFault. */
export function tagsOf(...lists: readonly (readonly InputOf<typeof tagShape>[])[]): MessageTags {
  return messageTags(lists.flat().map(({ Name, Value }) => ({ name: Name, value: Value })));
}
