// Every operation, in both protocols. Source: SES contract 1.4, 2.2, and 2.1 for the two generations of paths.
import { createConfigurationSet, createConfigurationSetV2 } from './actions/create-configuration-set.ts';
import { deleteConfigurationSet, deleteConfigurationSetV2 } from './actions/delete-configuration-set.ts';
import { describeConfigurationSet, getConfigurationSet } from './actions/describe-configuration-set.ts';
import { getAccount, getAccountSendingEnabled, getSendQuota } from './actions/get-send-quota.ts';
import { listConfigurationSets, listConfigurationSetsV2 } from './actions/list-configuration-sets.ts';
import {
  putConfigurationSetDeliveryOptions,
  putConfigurationSetDeliveryOptionsV2,
} from './actions/put-configuration-set-delivery-options.ts';
import { sendEmail } from './actions/send-email.ts';
import { sendEmailV2 } from './actions/send-email-v2.ts';
import { sendRawEmail } from './actions/send-raw-email.ts';
import type { QueryAction, RestOperation } from './operation.ts';

export const queryOperations: ReadonlyMap<string, QueryAction> = new Map([
  ['SendEmail', sendEmail],
  ['SendRawEmail', sendRawEmail],
  ['CreateConfigurationSet', createConfigurationSet],
  ['DescribeConfigurationSet', describeConfigurationSet],
  ['ListConfigurationSets', listConfigurationSets],
  ['DeleteConfigurationSet', deleteConfigurationSet],
  ['PutConfigurationSetDeliveryOptions', putConfigurationSetDeliveryOptions],
  ['GetSendQuota', getSendQuota],
  ['GetAccountSendingEnabled', getAccountSendingEnabled],
]);

const SETS = '/v2/email/configuration-sets';
const SET = `${SETS}/{ConfigurationSetName}`;

export const restOperations: readonly RestOperation[] = [
  { name: 'SendEmail', method: 'POST', path: '/v2/email/outbound-emails', run: sendEmailV2 },
  { name: 'CreateConfigurationSet', method: 'POST', path: SETS, run: createConfigurationSetV2 },
  { name: 'GetConfigurationSet', method: 'GET', path: SET, run: getConfigurationSet },
  { name: 'ListConfigurationSets', method: 'GET', path: SETS, run: listConfigurationSetsV2 },
  {
    name: 'ListConfigurationSets',
    method: 'POST',
    path: '/v2/email/list-configuration-sets',
    run: listConfigurationSetsV2,
  },
  { name: 'DeleteConfigurationSet', method: 'DELETE', path: SET, run: deleteConfigurationSetV2 },
  {
    name: 'PutConfigurationSetDeliveryOptions',
    method: 'PUT',
    path: `${SET}/delivery-options`,
    run: putConfigurationSetDeliveryOptionsV2,
  },
  { name: 'GetAccount', method: 'GET', path: '/v2/email/account', run: getAccount },
];
