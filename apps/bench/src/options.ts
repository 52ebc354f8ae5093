// The command line of `npm run bench`.
import { parseArgs } from 'node:util';
import { chooseScenarios, SCENARIOS, type Scenario } from './scenarios.ts';

export interface Options {
  /** With the counts that were asked for. */
  readonly scenarios: readonly Scenario[];
  readonly out: string;
  readonly pins: boolean;
  readonly peer: boolean;
}

export type OptionsResult =
  | { readonly kind: 'options'; readonly options: Options }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'mistake'; readonly text: string };

const USAGE = `npm run bench -- [scenario …] [--reps N] [--messages N] [--out FILE] [--no-pin] [--no-peer]

${SCENARIOS.map(({ id, title }) => `  ${id.padEnd(3)} ${title}`).join('\n')}
  API both V1 and V2
  S   S1 to S4
  Q   Q1 and Q2

Those of S and Q are measured only when asked for.

  --reps N      measured repetitions of each scenario
  --messages N  messages of each repetition
  --out FILE    where the JSON goes (reports/bench.json)
  --no-pin      system and load share all cores
  --no-peer     Postfix is not measured beside it
`;

export function parseOptions(args: readonly string[]): OptionsResult {
  const parsed = parse(args);
  if (typeof parsed === 'string') return { kind: 'mistake', text: `${parsed}\n\n${USAGE}` };
  const { values, positionals } = parsed;
  if (values.help === true) return { kind: 'help', text: USAGE };
  const chosen = chooseScenarios(positionals);
  if (chosen === undefined) return mistake(`There is no such scenario among: ${positionals.join(' ')}.`);
  const repetitions = count(values.reps);
  const messages = count(values.messages);
  if (Number.isNaN(repetitions) || Number.isNaN(messages)) {
    return mistake('--reps and --messages are whole numbers above 0.');
  }
  const scenarios = chosen.map((scenario) => ({
    ...scenario,
    repetitions: repetitions ?? scenario.repetitions,
    messages: messages ?? scenario.messages,
    warmUpMessages: Math.min(scenario.warmUpMessages, messages ?? scenario.messages),
  }));
  const out = values.out ?? 'reports/bench.json';
  return {
    kind: 'options',
    options: { scenarios, out, pins: values['no-pin'] !== true, peer: values['no-peer'] !== true },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        reps: { type: 'string' },
        messages: { type: 'string' },
        out: { type: 'string' },
        'no-pin': { type: 'boolean' },
        'no-peer': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // parseArgs names what it does not know.
    return error instanceof Error ? error.message : String(error);
  }
}

function mistake(sentence: string): OptionsResult {
  return { kind: 'mistake', text: `${sentence}\n\n${USAGE}` };
}

/** NaN: not a whole number above 0. */
function count(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^[1-9]\d{0,6}$/.test(text) ? Number(text) : NaN;
}
