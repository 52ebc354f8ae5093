import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type RunningApi } from './support/start-api.ts';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi();
});

afterAll(async () => {
  await api.close();
});

const open = (path: string) => api.get(`https://127.0.0.1:${String(api.port)}${path}`);
const xmlns = 'xmlns="http://sns.amazonaws.com/doc/2010-03-31/"';

// That a good link works is shown end to end, with a receiver that follows it.
test.each([
  ['/sns/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:x:1:t&Token=guess', 400, 'InvalidParameter'],
  ['/sns/?Action=ConfirmSubscription', 400, 'InvalidParameter'],
  ['/sns/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:x:1:t:none', 404, 'NotFound'],
  ['/sns/?Action=Publish&Message=x', 400, 'InvalidAction'],
  ['/sns/', 400, 'InvalidAction'],
])(
  'a link in a notice that leads nowhere (%s) is told so in the words of SNS',
  async (path, status, code) => {
    const answer = await open(path);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(`<ErrorResponse ${xmlns}><Error><Type>Sender</Type><Code>${code}</Code>`);
  },
);

test('only the certificate that signs is to be had', async () => {
  expect((await open('/SimpleNotificationService-00ff.pem')).status).toBe(404);
  expect((await open('/SimpleNotificationService-..%2f..%2fserver.pem')).status).toBe(404);
});
