// The operations of SES that are known and not served: inbound mail, dashboards, tenants and their like. They are
// answered with an error in the protocol of the caller. Source: SES contract 1.4, 2.2.
import type { Route } from './operation.ts';

export const queryNotServed: readonly string[] = [
  'SendBounce',
  'CreateCustomVerificationEmailTemplate',
  'GetCustomVerificationEmailTemplate',
  'UpdateCustomVerificationEmailTemplate',
  'DeleteCustomVerificationEmailTemplate',
  'ListCustomVerificationEmailTemplates',
  'SendCustomVerificationEmail',
  'CreateReceiptFilter',
  'ListReceiptFilters',
  'DeleteReceiptFilter',
  'CreateReceiptRuleSet',
  'CloneReceiptRuleSet',
  'ListReceiptRuleSets',
  'DescribeReceiptRuleSet',
  'DescribeActiveReceiptRuleSet',
  'SetActiveReceiptRuleSet',
  'ReorderReceiptRuleSet',
  'DeleteReceiptRuleSet',
  'CreateReceiptRule',
  'DescribeReceiptRule',
  'UpdateReceiptRule',
  'SetReceiptRulePosition',
  'DeleteReceiptRule',
];

interface RestNotServed {
  readonly name: string;
  readonly routes: readonly Route[];
  readonly run?: undefined;
}

export const restNotServed: readonly RestNotServed[] = [
  { name: 'SendCustomVerificationEmail', routes: ['POST /v2/email/outbound-custom-verification-emails'] },
  {
    name: 'PutConfigurationSetVdmOptions',
    routes: ['PUT /v2/email/configuration-sets/{ConfigurationSetName}/vdm-options'],
  },
  {
    name: 'PutConfigurationSetArchivingOptions',
    routes: ['PUT /v2/email/configuration-sets/{ConfigurationSetName}/archiving-options'],
  },
  { name: 'PutAccountDeliveryAttributes', routes: ['POST /v2/email/account/delivery'] },
  { name: 'PutAccountDetails', routes: ['POST /v2/email/account/details'] },
  { name: 'PutAccountVdmAttributes', routes: ['PUT /v2/email/account/vdm'] },
  { name: 'PutAccountDedicatedIpWarmupAttributes', routes: ['PUT /v2/email/account/dedicated-ips/warmup'] },
  { name: 'PutAccountPricingAttributes', routes: ['PUT /v2/email/account/pricing-attributes'] },
  { name: 'BatchGetMetricData', routes: ['POST /v2/email/metrics/batch'] },
  { name: 'ListRecommendations', routes: ['POST /v2/email/vdm/recommendations'] },
  { name: 'CreateExportJob', routes: ['POST /v2/email/export-jobs'] },
  { name: 'GetExportJob', routes: ['GET /v2/email/export-jobs/{JobId}'] },
  { name: 'ListExportJobs', routes: ['POST /v2/email/list-export-jobs'] },
  { name: 'CancelExportJob', routes: ['PUT /v2/email/export-jobs/{JobId}/cancel'] },
  { name: 'GetEmailAddressInsights', routes: ['POST /v2/email/email-address-insights/'] },
  { name: 'GetDedicatedIp', routes: ['GET /v2/email/dedicated-ips/{Ip}'] },
  { name: 'GetDedicatedIps', routes: ['GET /v2/email/dedicated-ips'] },
  { name: 'PutDedicatedIpInPool', routes: ['PUT /v2/email/dedicated-ips/{Ip}/pool'] },
  { name: 'PutDedicatedIpWarmupAttributes', routes: ['PUT /v2/email/dedicated-ips/{Ip}/warmup'] },
  {
    name: 'CreateCustomVerificationEmailTemplate',
    routes: ['POST /v2/email/custom-verification-email-templates'],
  },
  {
    name: 'GetCustomVerificationEmailTemplate',
    routes: ['GET /v2/email/custom-verification-email-templates/{TemplateName}'],
  },
  {
    name: 'UpdateCustomVerificationEmailTemplate',
    routes: ['PUT /v2/email/custom-verification-email-templates/{TemplateName}'],
  },
  {
    name: 'DeleteCustomVerificationEmailTemplate',
    routes: ['DELETE /v2/email/custom-verification-email-templates/{TemplateName}'],
  },
  {
    name: 'ListCustomVerificationEmailTemplates',
    routes: ['GET /v2/email/custom-verification-email-templates'],
  },
  { name: 'CreateContactList', routes: ['POST /v2/email/contact-lists'] },
  { name: 'GetContactList', routes: ['GET /v2/email/contact-lists/{ContactListName}'] },
  { name: 'UpdateContactList', routes: ['PUT /v2/email/contact-lists/{ContactListName}'] },
  { name: 'DeleteContactList', routes: ['DELETE /v2/email/contact-lists/{ContactListName}'] },
  { name: 'ListContactLists', routes: ['GET /v2/email/contact-lists'] },
  { name: 'CreateContact', routes: ['POST /v2/email/contact-lists/{ContactListName}/contacts'] },
  { name: 'GetContact', routes: ['GET /v2/email/contact-lists/{ContactListName}/contacts/{EmailAddress}'] },
  {
    name: 'UpdateContact',
    routes: ['PUT /v2/email/contact-lists/{ContactListName}/contacts/{EmailAddress}'],
  },
  {
    name: 'DeleteContact',
    routes: ['DELETE /v2/email/contact-lists/{ContactListName}/contacts/{EmailAddress}'],
  },
  {
    name: 'ListContacts',
    routes: [
      'POST /v2/email/contact-lists/{ContactListName}/contacts/list',
      'GET /v2/email/contact-lists/{ContactListName}/contacts',
    ],
  },
  { name: 'CreateImportJob', routes: ['POST /v2/email/import-jobs'] },
  { name: 'GetImportJob', routes: ['GET /v2/email/import-jobs/{JobId}'] },
  { name: 'ListImportJobs', routes: ['POST /v2/email/import-jobs/list', 'GET /v2/email/import-jobs'] },
  { name: 'CreateTenant', routes: ['POST /v2/email/tenants'] },
  { name: 'GetTenant', routes: ['POST /v2/email/tenants/get'] },
  { name: 'ListTenants', routes: ['POST /v2/email/tenants/list'] },
  { name: 'DeleteTenant', routes: ['POST /v2/email/tenants/delete'] },
  { name: 'CreateTenantResourceAssociation', routes: ['POST /v2/email/tenants/resources'] },
  { name: 'DeleteTenantResourceAssociation', routes: ['POST /v2/email/tenants/resources/delete'] },
  { name: 'ListTenantResources', routes: ['POST /v2/email/tenants/resources/list'] },
  { name: 'ListResourceTenants', routes: ['POST /v2/email/resources/tenants/list'] },
  { name: 'PutTenantSuppressionAttributes', routes: ['POST /v2/email/tenant/suppression'] },
  {
    name: 'GetReputationEntity',
    routes: ['GET /v2/email/reputation/entities/{ReputationEntityType}/{ReputationEntityReference}'],
  },
  { name: 'ListReputationEntities', routes: ['POST /v2/email/reputation/entities'] },
  {
    name: 'UpdateReputationEntityCustomerManagedStatus',
    routes: [
      'PUT /v2/email/reputation/entities/{ReputationEntityType}/{ReputationEntityReference}/customer-managed-status',
    ],
  },
  {
    name: 'UpdateReputationEntityPolicy',
    routes: ['PUT /v2/email/reputation/entities/{ReputationEntityType}/{ReputationEntityReference}/policy'],
  },
  { name: 'CreateMultiRegionEndpoint', routes: ['POST /v2/email/multi-region-endpoints'] },
  { name: 'GetMultiRegionEndpoint', routes: ['GET /v2/email/multi-region-endpoints/{EndpointName}'] },
  { name: 'ListMultiRegionEndpoints', routes: ['GET /v2/email/multi-region-endpoints'] },
  { name: 'DeleteMultiRegionEndpoint', routes: ['DELETE /v2/email/multi-region-endpoints/{EndpointName}'] },
  { name: 'GetDeliverabilityDashboardOptions', routes: ['GET /v2/email/deliverability-dashboard'] },
  { name: 'PutDeliverabilityDashboardOption', routes: ['PUT /v2/email/deliverability-dashboard'] },
  { name: 'CreateDeliverabilityTestReport', routes: ['POST /v2/email/deliverability-dashboard/test'] },
  {
    name: 'GetDeliverabilityTestReport',
    routes: ['GET /v2/email/deliverability-dashboard/test-reports/{ReportId}'],
  },
  { name: 'ListDeliverabilityTestReports', routes: ['GET /v2/email/deliverability-dashboard/test-reports'] },
  { name: 'GetBlacklistReports', routes: ['GET /v2/email/deliverability-dashboard/blacklist-report'] },
  {
    name: 'GetDomainStatisticsReport',
    routes: ['GET /v2/email/deliverability-dashboard/statistics-report/{Domain}'],
  },
  {
    name: 'GetDomainDeliverabilityCampaign',
    routes: ['GET /v2/email/deliverability-dashboard/campaigns/{CampaignId}'],
  },
  {
    name: 'ListDomainDeliverabilityCampaigns',
    routes: ['GET /v2/email/deliverability-dashboard/domains/{SubscribedDomain}/campaigns'],
  },
];
