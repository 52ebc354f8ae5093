import { acceptedMessage } from '@sealpost/testing';
import { expect, test } from 'vitest';
import { jobsOf, type Job } from '../jobs.ts';
import { finishedOf } from './finished-of.ts';

function jobTo(...recipients: readonly string[]): Job {
  const [job] = jobsOf(acceptedMessage({ envelope: { reversePath: 'a@sender.test', recipients } }));
  if (job === undefined) throw new Error('no recipient');
  return job;
}

const [a, b] = [{ recipient: 'a@x.test' }, { recipient: 'b@x.test' }];

test('a message for one domain of which all recipients are finished at the first attempt is finished as a whole', () => {
  expect(finishedOf({ job: jobTo('a@x.test', 'b@x.test') }, [a, b])).toBe('all');
});

test('when one of its recipients is deferred, the others are finished one by one', () => {
  expect(finishedOf({ job: jobTo('a@x.test', 'b@x.test') }, [a])).toEqual(['a@x.test']);
});

test('a job of a message for several domains comes again with the others: its recipients are finished one by one', () => {
  expect(finishedOf({ job: jobTo('a@x.test', 'b@x.test', 'c@y.test') }, [a, b])).toEqual([
    'a@x.test',
    'b@x.test',
  ]);
});

test('a job that waited in DEFERRED may be held there when it comes again: its recipients are finished one by one', () => {
  expect(finishedOf({ job: jobTo('a@x.test'), claim: {} }, [a])).toEqual(['a@x.test']);
});

test('what is left of a message that comes again is finished one by one', () => {
  const job = { ...jobTo('a@x.test', 'b@x.test'), recipients: ['b@x.test'] };
  expect(finishedOf({ job }, [b])).toEqual(['b@x.test']);
});
