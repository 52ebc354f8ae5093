// TagResource, UntagResource and ListTagsForResource, v2: of configuration sets, identities, templates
// and pools, by ARN.
import type { ResourceTag, TagChange } from '@sealpost/contracts';
import type { ActionContext } from '../action-context.ts';
import { ApiFault } from '../api-fault.ts';
import { changeIdentity, identityNotFound, knownIdentity } from '../identities/identity-calls.ts';
import { list, required, text } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { changeSet } from './configuration-set-changes.ts';
import { changePool, findPool } from './dedicated-ip-pools.ts';
import { findSet } from './describe-configuration-set.ts';
import { resourceTags, shownTags, tagList } from './resource-tags.ts';
import { findTemplate, templateDoesNotExist } from './templates.ts';

export const tagResource = restOperation({
  name: 'TagResource',
  routes: ['POST /v2/email/tags'],
  input: { ResourceArn: required(text()), Tags: required(tagList) },
  errors: ['not-found', 'concurrent-change'],
  run: async ({ ResourceArn, Tags }, context) => {
    await changeTags(resourceOf(ResourceArn), { put: resourceTags(Tags), removedKeys: [] }, context);
    return {};
  },
});

export const untagResource = restOperation({
  name: 'UntagResource',
  routes: ['DELETE /v2/email/tags'],
  input: { ResourceArn: required(text()), TagKeys: required(list(text())) },
  errors: ['not-found', 'concurrent-change'],
  run: async ({ ResourceArn, TagKeys }, context) => {
    await changeTags(resourceOf(ResourceArn), { put: [], removedKeys: TagKeys }, context);
    return {};
  },
});

export const listTagsForResource = restOperation({
  name: 'ListTagsForResource',
  routes: ['GET /v2/email/tags'],
  input: { ResourceArn: required(text()) },
  errors: ['not-found'],
  run: async ({ ResourceArn }, context) => ({
    Tags: shownTags(await tagsOf(resourceOf(ResourceArn), context)),
  }),
});

const KINDS = ['configuration-set', 'identity', 'template', 'dedicated-ip-pool'] as const;

interface Resource {
  readonly kind: (typeof KINDS)[number];
  readonly name: string;
}

/** `arn:aws:ses:region:account:kind/name`; region and account are not told apart here. Throws ApiFault. */
function resourceOf(arn: string): Resource {
  const [, word, name] = /^arn:aws[a-z-]*:ses:[^:]*:[^:]*:([a-z-]+)\/(.{1,320})$/.exec(arn) ?? [];
  const kind = KINDS.find((each) => each === word);
  if (kind !== undefined && name !== undefined) return { kind, name };
  throw new ApiFault('invalid-parameter', `Invalid resource ARN <${arn.slice(0, 400)}>.`);
}

async function changeTags({ kind, name }: Resource, value: TagChange, context: ActionContext): Promise<void> {
  switch (kind) {
    case 'configuration-set':
      return changeSet(name, { kind: 'tags', value }, context);
    case 'identity':
      await changeIdentity(name, { tags: value }, context, identityNotFound(name));
      return;
    case 'dedicated-ip-pool':
      return changePool(name, { tags: value }, context);
    case 'template': {
      const result = await context.policies.updateTemplate(name, { kind: 'tags', value });
      if (result.kind === 'unknown') throw templateDoesNotExist(name);
      if (result.kind === 'invalid') throw new ApiFault('invalid-parameter', result.message);
      if (result.kind === 'unavailable') throw new ApiFault('unavailable', 'Please try again shortly.');
    }
  }
}

async function tagsOf({ kind, name }: Resource, context: ActionContext): Promise<readonly ResourceTag[]> {
  switch (kind) {
    case 'configuration-set':
      return (await findSet(name, context)).tags;
    case 'template':
      return (await findTemplate(name, context)).tags;
    case 'dedicated-ip-pool':
      return (await findPool(name, context)).tags;
    case 'identity':
      return (await knownIdentity(name, context)).tags;
  }
}
