import { expect, test } from 'vitest';
import { parseOptions } from './options.ts';
import { chooseScenarios, SCENARIOS } from './scenarios.ts';

test('without arguments what a message costs is measured, each scenario as often as it says', () => {
  expect(parseOptions([])).toEqual({
    kind: 'options',
    options: {
      scenarios: SCENARIOS.filter(({ id }) => !/^[QS]/.test(id)),
      out: 'reports/bench.json',
      pins: true,
      peer: true,
    },
  });
});

test('a full queue and the neighbours of a quick destination are measured when they are asked for', () => {
  expect(chooseScenarios(['q'])?.map(({ id }) => id)).toEqual(['Q1', 'Q2']);
  expect(chooseScenarios(['s'])?.map(({ id }) => id)).toEqual(['S1', 'S2', 'S3', 'S4']);
});

test('scenarios, repetitions and messages can be chosen', () => {
  const parsed = parseOptions(['e', 'API', '--reps', '2', '--messages', '50', '--no-pin', '--no-peer']);
  expect(parsed).toMatchObject({ kind: 'options', options: { pins: false, peer: false } });
  const scenarios = parsed.kind === 'options' ? parsed.options.scenarios : [];
  expect(scenarios.map(({ id }) => id)).toEqual(['E', 'V1', 'V2']);
  for (const each of scenarios)
    expect(each).toMatchObject({ messages: 50, warmUpMessages: 50, repetitions: 2 });
});

test.each([[['X']], [['--reps', '0']], [['--messages', 'many']], [['--fast']]])(
  'a mistake in %j is answered with how it is used',
  (args) => {
    const parsed = parseOptions(args);
    expect(parsed).toMatchObject({ kind: 'mistake' });
    expect(parsed.kind === 'options' ? '' : parsed.text).toContain('npm run bench -- [scenario …]');
  },
);
