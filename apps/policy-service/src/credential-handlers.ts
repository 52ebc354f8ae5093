// gRPC in front of credentials. Secrets leave by CreateCredential only. Source: faults 4.3.
import {
  fromRequestedScope,
  toCredentialRecord,
  toWireScope,
  type CredentialServiceServer,
} from '@sealpost/contracts';
import type { Logger } from '@sealpost/runtime';
import { status } from '@grpc/grpc-js';
import type { Credentials } from './credentials.ts';
import { Refused, unary } from './grpc-answers.ts';

const MAX_DESCRIPTION = 256;

export function credentialHandlers(
  credentials: Credentials,
  { now, logger }: { readonly now: () => number; readonly logger: Logger },
): CredentialServiceServer {
  return {
    createCredential: unary(logger, async ({ scope: requested, description }) => {
      const scope = fromRequestedScope(requested);
      if (scope === undefined) throw new Refused(status.INVALID_ARGUMENT, 'Unknown scope.');
      // eslint-disable-next-line no-control-regex -- control characters are what is looked for
      if (description.length > MAX_DESCRIPTION || /[\x00-\x1f\x7f]/.test(description)) {
        throw new Refused(
          status.INVALID_ARGUMENT,
          `The description is one line of at most ${MAX_DESCRIPTION} characters.`,
        );
      }
      const createdAt = now();
      const created = await credentials.create({ scope, description }, createdAt);
      if (created.kind === 'limit') throw new Refused(status.RESOURCE_EXHAUSTED, 'Too many credentials.');
      const { accessKeyId, secretAccessKey } = created.key;
      logger.info({ accessKeyId, scope }, 'credential made');
      const credential = { accessKeyId, scope, isDisabled: false, description, createdAt };
      return { credential: toCredentialRecord(credential), secretAccessKey };
    }),
    listCredentials: unary(logger, async ({ pageSize, afterAccessKeyId }) => {
      const page = await credentials.list(afterAccessKeyId, Math.min(pageSize === 0 ? 100 : pageSize, 1000));
      return { credentials: page.credentials.map(toCredentialRecord), hasMore: page.hasMore };
    }),
    setCredentialEnabled: unary(logger, async ({ accessKeyId, enabled }) => {
      const changed = await credentials.setEnabled(accessKeyId, enabled);
      if (changed === undefined) throw unknownKey();
      logger.info({ accessKeyId, enabled }, 'credential enabled or disabled');
      return toCredentialRecord(changed);
    }),
    deleteCredential: unary(logger, async ({ accessKeyId }) => {
      if ((await credentials.delete(accessKeyId)) === 'absent') throw unknownKey();
      logger.info({ accessKeyId }, 'credential deleted');
      return {};
    }),
    getSmtpPassword: unary(logger, async ({ accessKeyId, region }) => {
      const found = await credentials.smtpPassword(accessKeyId, region);
      if (found === undefined) throw unknownKey();
      return { password: found.password, scope: toWireScope(found.scope) };
    }),
    getSigningKey: unary(logger, async ({ accessKeyId, ...keyScope }) => {
      const found = await credentials.signingKey(accessKeyId, keyScope);
      if (found === undefined) throw unknownKey();
      return { signingKey: found.signingKey, scope: toWireScope(found.scope) };
    }),
  };
}

function unknownKey(): Refused {
  return new Refused(status.NOT_FOUND, 'Unknown access key.');
}
