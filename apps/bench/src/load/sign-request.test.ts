import { expect, test } from 'vitest';
import { createSigner } from './sign-request.ts';

const request = {
  host: 'localhost:8443',
  path: '/',
  contentType: 'application/x-www-form-urlencoded',
  body: 'A=1',
};

test('signs as botocore does', () => {
  const sign = createSigner('AKIDEXAMPLE', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', 'us-east-1');
  const signed = sign(request, new Date('2026-11-26T08:00:00.123Z'));
  expect(signed).toContain('X-Amz-Date: 20261126T080000Z\r\n');
  expect(/Signature=(\w+)/.exec(signed)?.[1]).toBe(
    '84dcdb1a0c9fd6efe8c0a7199ecb2876cf45b9d4e274450da3dd4a465bdbd934',
  );
  expect(signed.endsWith('Content-Length: 3\r\n\r\nA=1')).toBe(true);
});
