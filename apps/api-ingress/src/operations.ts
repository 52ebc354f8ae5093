// Every operation that is served, in both protocols, by name; not-served.ts has the others.
// Source: SES contract 1.4, 2.2, and 2.1 for the two generations of paths.
import {
  createConfigurationSetEventDestination,
  createConfigurationSetEventDestinationV2,
  deleteConfigurationSetEventDestination,
  deleteConfigurationSetEventDestinationV2,
  getConfigurationSetEventDestinations,
  updateConfigurationSetEventDestination,
  updateConfigurationSetEventDestinationV2,
} from './actions/configuration-set-event-destinations.ts';
import { createConfigurationSet, createConfigurationSetV2 } from './actions/create-configuration-set.ts';
import { createEmailIdentity } from './actions/create-email-identity.ts';
import { createEmailTemplate, createTemplate } from './actions/create-template.ts';
import {
  createDedicatedIpPool,
  deleteDedicatedIpPool,
  getDedicatedIpPool,
  listDedicatedIpPools,
  putDedicatedIpPoolScalingAttributes,
} from './actions/dedicated-ip-pools.ts';
import { deleteConfigurationSet, deleteConfigurationSetV2 } from './actions/delete-configuration-set.ts';
import {
  deleteEmailIdentity,
  deleteIdentity,
  deleteVerifiedEmailAddress,
} from './actions/delete-identity.ts';
import { deleteEmailTemplate, deleteTemplate } from './actions/delete-template.ts';
import { describeConfigurationSet, getConfigurationSet } from './actions/describe-configuration-set.ts';
import {
  getAccount,
  getAccountSendingEnabled,
  putAccountSendingAttributes,
  updateAccountSendingEnabled,
} from './actions/get-account.ts';
import { getEmailIdentity } from './actions/get-email-identity.ts';
import {
  getIdentityDkimAttributes,
  getIdentityMailFromDomainAttributes,
  getIdentityNotificationAttributes,
  getIdentityVerificationAttributes,
} from './actions/get-identity-attributes.ts';
import { getMessageInsights } from './actions/get-message-insights.ts';
import { getSendQuota } from './actions/get-send-quota.ts';
import { getEmailTemplate, getTemplate } from './actions/get-template.ts';
import { getSendStatistics } from './actions/get-send-statistics.ts';
import {
  deleteSuppressedDestination,
  getSuppressedDestination,
} from './actions/get-suppressed-destination.ts';
import {
  associateEmailIdentityCertificate,
  disassociateEmailIdentityCertificate,
  listEmailIdentityCertificates,
} from './actions/identity-certificates.ts';
import {
  createEmailIdentityPolicy,
  deleteEmailIdentityPolicy,
  deleteIdentityPolicy,
  getEmailIdentityPolicies,
  getIdentityPolicies,
  listIdentityPolicies,
  putIdentityPolicy,
  updateEmailIdentityPolicy,
} from './actions/identity-policies.ts';
import { listConfigurationSets, listConfigurationSetsV2 } from './actions/list-configuration-sets.ts';
import { listSuppressedDestinations } from './actions/list-suppressed-destinations.ts';
import { putAccountSuppressionAttributes } from './actions/put-account-suppression-attributes.ts';
import {
  listEmailIdentities,
  listIdentities,
  listVerifiedEmailAddresses,
} from './actions/list-identities.ts';
import { listEmailTemplates, listTemplates } from './actions/list-templates.ts';
import {
  putConfigurationSetDeliveryOptions,
  putConfigurationSetDeliveryOptionsV2,
} from './actions/put-configuration-set-delivery-options.ts';
import {
  putConfigurationSetReputationOptions,
  updateConfigurationSetReputationMetricsEnabled,
} from './actions/put-configuration-set-reputation-options.ts';
import {
  putConfigurationSetSendingOptions,
  updateConfigurationSetSendingEnabled,
} from './actions/put-configuration-set-sending-options.ts';
import { putConfigurationSetSuppressionOptions } from './actions/put-configuration-set-suppression-options.ts';
import {
  createConfigurationSetTrackingOptions,
  deleteConfigurationSetTrackingOptions,
  putConfigurationSetTrackingOptions,
  updateConfigurationSetTrackingOptions,
} from './actions/put-configuration-set-tracking-options.ts';
import { putEmailIdentityConfigurationSetAttributes } from './actions/put-email-identity-configuration-set.ts';
import { putSuppressedDestination } from './actions/put-suppressed-destination.ts';
import { sendBulkEmail } from './actions/send-bulk-email.ts';
import { sendEmailV2 } from './actions/send-email-v2.ts';
import { sendEmail } from './actions/send-email.ts';
import { sendRawEmail } from './actions/send-raw-email.ts';
import {
  putEmailIdentityDkimAttributes,
  putEmailIdentityDkimSigningAttributes,
  setIdentityDkimEnabled,
} from './actions/set-identity-dkim.ts';
import {
  putEmailIdentityMailFromAttributes,
  setIdentityMailFromDomain,
} from './actions/set-identity-mail-from.ts';
import {
  putEmailIdentityFeedbackAttributes,
  setIdentityFeedbackForwardingEnabled,
  setIdentityHeadersInNotificationsEnabled,
  setIdentityNotificationTopic,
} from './actions/set-identity-notifications.ts';
import { listTagsForResource, tagResource, untagResource } from './actions/tag-resource.ts';
import { testRenderEmailTemplate, testRenderTemplate } from './actions/test-render-template.ts';
import { updateConfigurationSet } from './actions/update-configuration-set.ts';
import { updateEmailTemplate, updateTemplate } from './actions/update-template.ts';
import {
  verifyDomainDkim,
  verifyDomainIdentity,
  verifyEmailAddress,
  verifyEmailIdentity,
} from './actions/verify-identity.ts';
import { sendBulkTemplatedEmail, sendTemplatedEmail } from './actions/send-templated-email.ts';
import type { QueryOperation, RestOperation } from './operation.ts';

/** By the name in `Action`. */
export const queryOperations: ReadonlyMap<string, QueryOperation> = new Map(
  [
    createConfigurationSet,
    createConfigurationSetEventDestination,
    createConfigurationSetTrackingOptions,
    createTemplate,
    deleteConfigurationSet,
    deleteConfigurationSetEventDestination,
    deleteConfigurationSetTrackingOptions,
    deleteIdentity,
    deleteTemplate,
    deleteVerifiedEmailAddress,
    describeConfigurationSet,
    getAccountSendingEnabled,
    getIdentityDkimAttributes,
    getIdentityMailFromDomainAttributes,
    getIdentityNotificationAttributes,
    getIdentityVerificationAttributes,
    getSendQuota,
    getTemplate,
    listConfigurationSets,
    listIdentities,
    listTemplates,
    listVerifiedEmailAddresses,
    putConfigurationSetDeliveryOptions,
    sendEmail,
    sendRawEmail,
    getSendStatistics,
    sendBulkTemplatedEmail,
    sendTemplatedEmail,
    setIdentityDkimEnabled,
    setIdentityFeedbackForwardingEnabled,
    setIdentityHeadersInNotificationsEnabled,
    setIdentityMailFromDomain,
    setIdentityNotificationTopic,
    testRenderTemplate,
    updateAccountSendingEnabled,
    updateConfigurationSetEventDestination,
    updateConfigurationSetReputationMetricsEnabled,
    updateConfigurationSetSendingEnabled,
    updateConfigurationSetTrackingOptions,
    updateTemplate,
    verifyDomainDkim,
    verifyDomainIdentity,
    verifyEmailAddress,
    verifyEmailIdentity,
    putIdentityPolicy,
    getIdentityPolicies,
    listIdentityPolicies,
    deleteIdentityPolicy,
  ].map((operation) => [operation.name, operation]),
);

export const restOperations: readonly RestOperation[] = [
  createConfigurationSetV2,
  createConfigurationSetEventDestinationV2,
  createEmailIdentity,
  createEmailTemplate,
  deleteConfigurationSetV2,
  deleteConfigurationSetEventDestinationV2,
  deleteEmailIdentity,
  deleteEmailTemplate,
  getAccount,
  getConfigurationSet,
  getConfigurationSetEventDestinations,
  getEmailIdentity,
  getEmailTemplate,
  listConfigurationSetsV2,
  listEmailIdentities,
  listEmailTemplates,
  listTagsForResource,
  putAccountSendingAttributes,
  putConfigurationSetDeliveryOptionsV2,
  putConfigurationSetReputationOptions,
  putConfigurationSetSendingOptions,
  putConfigurationSetSuppressionOptions,
  putConfigurationSetTrackingOptions,
  putEmailIdentityConfigurationSetAttributes,
  putEmailIdentityDkimAttributes,
  putEmailIdentityDkimSigningAttributes,
  putEmailIdentityFeedbackAttributes,
  putEmailIdentityMailFromAttributes,
  sendEmailV2,
  tagResource,
  testRenderEmailTemplate,
  untagResource,
  updateConfigurationSetEventDestinationV2,
  updateEmailTemplate,
  putSuppressedDestination,
  getMessageInsights,
  getSuppressedDestination,
  listSuppressedDestinations,
  deleteSuppressedDestination,
  putAccountSuppressionAttributes,
  sendBulkEmail,
  createEmailIdentityPolicy,
  updateEmailIdentityPolicy,
  getEmailIdentityPolicies,
  deleteEmailIdentityPolicy,
  associateEmailIdentityCertificate,
  createDedicatedIpPool,
  deleteDedicatedIpPool,
  disassociateEmailIdentityCertificate,
  getDedicatedIpPool,
  listDedicatedIpPools,
  listEmailIdentityCertificates,
  putDedicatedIpPoolScalingAttributes,
  updateConfigurationSet,
];
