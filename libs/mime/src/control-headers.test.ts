import { describe, expect, test } from 'vitest';
import { isTakenOut, messageTagFault, readControlHeaders } from './control-headers.ts';
import { readHeaderSection } from './header-section.ts';

function fieldsOf(text: string) {
  const section = readHeaderSection(Buffer.from(`${text}\r\n`));
  if (section.kind === 'invalid') throw new Error(section.reason);
  return section.fields;
}

describe('4.7: control headers', () => {
  test.each([
    ...['X-SES-CONFIGURATION-SET', 'X-SES-MESSAGE-TAGS', 'X-SES-SOURCE-ARN', 'X-SES-FROM-ARN'],
    ...['X-SES-RETURN-PATH-ARN', 'X-SES-LIST-MANAGEMENT-OPTIONS', 'X-SES-TENANT-NAME', 'X-SES-OF-TOMORROW'],
    ...['Bcc', 'Resent-Bcc'],
  ])('%s is taken out in any case, and each time it stands there', (name) => {
    const fields = fieldsOf(`${name}: a\r\n${name.toLowerCase()}: b\r\n${name.toUpperCase()}: c\r\n`);
    expect(fields.map(isTakenOut)).toEqual([true, true, true]);
  });

  test.each(['X-Mine', 'X-SES', 'X-SESSION', 'Cc', 'List-Unsubscribe', 'Feedback-ID'])('%s stays', (name) => {
    expect(fieldsOf(`${name}: a\r\n`).map(isTakenOut)).toEqual([false]);
  });

  test('without control headers there is neither a set nor a tag', () => {
    expect(readControlHeaders(fieldsOf('From: a@x.test\r\n'))).toEqual({
      kind: 'control-headers',
      headers: {},
    });
  });

  test.each([
    ['', 'v', 'The tag name must be specified.'],
    ['n', '', 'The tag value must be specified.'],
    ['', '', 'The tag name must be specified.'],
    ['n'.repeat(256), 'v', 'Tag name cannot exceed 255 characters.'],
    ['n'.repeat(255), 'v'.repeat(255), undefined],
    ['a.b', 'v', "Invalid tag name <a.b>: only alphanumeric ASCII characters, '_',  '-' are allowed."],
    [
      'n',
      'v w',
      "Invalid tag value <v w>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed.",
    ],
    ['A_b-9', 'a.b@c_d-9', undefined],
  ])("the tag '%s' with the value '%s' is answered in SES's words", (name, value, fault) => {
    expect(messageTagFault(name, value)).toBe(fault);
  });
});
