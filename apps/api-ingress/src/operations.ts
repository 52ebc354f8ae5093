// Every operation that is served, in both protocols; not-served.ts has the others. Source: SES contract 1.4, 2.2, and
// 2.1 for the two generations of paths.
import { createConfigurationSet, createConfigurationSetV2 } from './actions/create-configuration-set.ts';
import { deleteConfigurationSet, deleteConfigurationSetV2 } from './actions/delete-configuration-set.ts';
import { describeConfigurationSet, getConfigurationSet } from './actions/describe-configuration-set.ts';
import { getAccount, getAccountSendingEnabled } from './actions/get-account.ts';
import { getSendQuota } from './actions/get-send-quota.ts';
import { listConfigurationSets, listConfigurationSetsV2 } from './actions/list-configuration-sets.ts';
import {
  putConfigurationSetDeliveryOptions,
  putConfigurationSetDeliveryOptionsV2,
} from './actions/put-configuration-set-delivery-options.ts';
import { sendEmail } from './actions/send-email.ts';
import { sendEmailV2 } from './actions/send-email-v2.ts';
import { sendRawEmail } from './actions/send-raw-email.ts';
import type { QueryOperation, RestOperation } from './operation.ts';

/** By the name in `Action`. */
export const queryOperations: ReadonlyMap<string, QueryOperation> = new Map(
  [
    sendEmail,
    sendRawEmail,
    createConfigurationSet,
    describeConfigurationSet,
    listConfigurationSets,
    deleteConfigurationSet,
    putConfigurationSetDeliveryOptions,
    getSendQuota,
    getAccountSendingEnabled,
  ].map((operation) => [operation.name, operation]),
);

export const restOperations: readonly RestOperation[] = [
  sendEmailV2,
  createConfigurationSetV2,
  getConfigurationSet,
  listConfigurationSetsV2,
  deleteConfigurationSetV2,
  putConfigurationSetDeliveryOptionsV2,
  getAccount,
];
