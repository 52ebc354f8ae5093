export { isTakenOut, messageTagFault, readControlHeaders, type ControlHeaders } from './control-headers.ts';
export { duplicateField } from './header-rules.ts';
export {
  MAX_SECTION_BYTES,
  readHeaderSection,
  type HeaderField,
  type HeaderSection,
} from './header-section.ts';
export { rewriteHeader, type HeaderEdits } from './rewrite-header.ts';
export { addressesOutsideQuotes, parseAddressList } from './address-list.ts';
export { SES_BLOCKED_EXTENSIONS } from './blocked-extensions.ts';
export { isSealedMail } from './sealed-mail.ts';
export { createPartScanner, type PartFault, type PartScanner } from './scan-parts.ts';
export { decodedBody, fieldOf, parameterOf, partsOf, readEntity, type Entity } from './read-entity.ts';
