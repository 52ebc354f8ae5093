export { isTakenOut, messageTagFault, readControlHeaders, type ControlHeaders } from './control-headers.ts';
export { duplicateField } from './header-rules.ts';
export { readHeaderSection, type HeaderField, type HeaderSection } from './header-section.ts';
export { rewriteHeader, type HeaderEdits } from './rewrite-header.ts';
export { parseAddressList } from './address-list.ts';
