// A template of SES: Handlebars whose values are not escaped and whose attributes must be there. Compiled once; what
// one costs has limits, as whoever may write templates may write endless ones. Source: SES contract 7, 1.3.
import Handlebars from 'handlebars';
import type { TemplateData } from './template-data.ts';

/** Parts that are left out are not rendered. */
export interface TemplateContent {
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
}

export interface CompiledTemplate {
  /** The same parts that the content has. */
  render(data: TemplateData): Rendered;
}

export type Rendered =
  | { readonly kind: 'rendered'; readonly content: TemplateContent }
  /** `message` is SES's text, here and below; the attribute's name is in it. */
  | { readonly kind: 'missing-attribute'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

export type Compiled =
  | { readonly kind: 'template'; readonly template: CompiledTemplate }
  | { readonly kind: 'invalid'; readonly message: string };

/** SES contract 7: 500 KB each. */
const MAX_CHARACTERS = 500 * 1024;
/** Parsing and compiling as many takes 100 ms at worst, measured; once per change of a template. */
const MAX_TAGS = 500;
/** Of all of them: their parser needs 6 µs for each. */
const MAX_EXPRESSION_CHARACTERS = 8 * 1024;
/** Evaluations of tags in one rendering: about 50 ms. */
const MAX_EVALUATIONS = 250_000;
/** SES's limit for a message of v1. */
const MAX_RENDERED_CHARACTERS = 10 * 1024 * 1024;

export function compileTemplate(content: TemplateContent): Compiled {
  const parts = partsOf(content);
  const size = parts.reduce((sum, [, text]) => sum + text.length, 0);
  if (size > MAX_CHARACTERS)
    return invalid(`Template must not be longer than ${String(MAX_CHARACTERS)} characters.`);
  const expressions = parts.flatMap(([, text]) => expressionsOf(text));
  const fault = costFault(expressions);
  if (fault !== undefined) return invalid(fault);
  const budget = evaluationBudget(expressions.length);
  const environment = countingEnvironment(budget.spend);
  try {
    const compiled = parts.map(([name, text]) => [name, compilePart(environment, text)] as const);
    return { kind: 'template', template: { render: (data) => render(compiled, data, budget.refill) } };
  } catch (error) {
    // Expected of Handlebars for what it can't read: its own Error, or RangeError when it is nested too deeply.
    return invalid(`Template is invalid: ${firstLine(error)}`);
  }
}

/** What stands between `{{` and `}}`; comments cost nothing. */
function expressionsOf(text: string): readonly string[] {
  const [, ...rest] = text.split('{{');
  return rest.map((piece) => (piece.startsWith('!') ? '' : (piece.split('}}', 1)[0] ?? '')));
}

function costFault(expressions: readonly string[]): string | undefined {
  if (expressions.length > MAX_TAGS)
    return `Template must not have more than ${String(MAX_TAGS)} expressions.`;
  const length = expressions.reduce((sum, each) => sum + each.length, 0);
  return length > MAX_EXPRESSION_CHARACTERS
    ? `Template must not have expressions of more than ${String(MAX_EXPRESSION_CHARACTERS)} characters together.`
    : undefined;
}

type Part = readonly [name: keyof TemplateContent, text: string];
type CompiledPart = readonly [name: keyof TemplateContent, fill: (data: TemplateData) => string];

function partsOf({ subject, text, html }: TemplateContent): readonly Part[] {
  const parts: readonly [keyof TemplateContent, string | undefined][] = [
    ['subject', subject],
    ['text', text],
    ['html', html],
  ];
  return parts.flatMap(([name, part]) => (part === undefined ? [] : [[name, part] as const]));
}

const COMPILE_OPTIONS = {
  noEscape: true,
  strict: true,
  preventIndent: true,
  knownHelpersOnly: true,
  // It writes to the console.
  knownHelpers: { log: false },
};
const RUNTIME_OPTIONS = { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false };

function compilePart(environment: typeof Handlebars, text: string): CompiledPart[1] {
  const fill = environment.compile(text, COMPILE_OPTIONS);
  // Compiled now, not at the first use: what is wrong with it is told to its author.
  (fill as unknown as { readonly _setup: (options: object) => void })._setup({});
  return (data) => fill(data, RUNTIME_OPTIONS);
}

class TooCostly extends Error {}

interface Budget {
  readonly spend: () => void;
  readonly refill: () => void;
}

/** Each turn of a loop and each partial may evaluate all the tags there are. */
function evaluationBudget(tags: number): Budget {
  let turns = 0;
  return {
    spend: () => {
      turns += 1;
      if (turns * tags > MAX_EVALUATIONS) throw new TooCostly();
    },
    refill: () => {
      turns = 0;
    },
  };
}

/** An environment of its own whose loops and partials are counted. */
function countingEnvironment(spend: () => void): typeof Handlebars {
  const environment = Handlebars.create();
  const { each } = environment.helpers;
  if (each === undefined) throw new Error('Handlebars has no each');
  environment.registerHelper('each', function (this: unknown, context: unknown, options) {
    const { fn } = options as Handlebars.HelperOptions;
    const counted: Handlebars.TemplateDelegate = (...turn) => {
      spend();
      return fn(...turn);
    };
    return each.call(this, context, { ...(options as object), fn: counted }) as unknown;
  });
  const internals = environment as unknown as Internals;
  const { invokePartial } = internals.VM;
  return Object.assign(environment, {
    JavaScriptCompiler: textCompiler(internals.JavaScriptCompiler),
    VM: {
      ...internals.VM,
      invokePartial(this: unknown, ...facts: unknown[]) {
        spend();
        return invokePartial.apply(this, facts);
      },
    },
  });
}

interface CompilerPrototype {
  appendToBuffer(source: unknown, location: unknown, explicit: unknown): unknown;
}

/** Parts of an environment that Handlebars has for those who build on it; its types leave them out. */
interface Internals {
  readonly VM: { readonly invokePartial: (...facts: unknown[]) => unknown };
  readonly JavaScriptCompiler: new () => CompilerPrototype;
}

/** Without escaping Handlebars adds values with `+`: `{{a}}{{b}}` of 1 and 2 would be 3. */
function textCompiler(Compiler: Internals['JavaScriptCompiler']): Internals['JavaScriptCompiler'] {
  const compiler = class extends Compiler {
    override appendToBuffer(source: unknown, location: unknown, explicit: unknown): unknown {
      const sources: readonly unknown[] = Array.isArray(source) ? source : [source];
      return super.appendToBuffer(['("" + (', ...sources, '))'], location, explicit);
    }
  };
  // Inner programs are compiled by one of the same kind.
  Object.assign(compiler.prototype, { compiler });
  return compiler;
}

function render(parts: readonly CompiledPart[], data: TemplateData, refill: () => void): Rendered {
  refill();
  try {
    const rendered = parts.map(([name, fill]) => [name, fill(data)] as const);
    const size = rendered.reduce((sum, [, text]) => sum + text.length, 0);
    return size > MAX_RENDERED_CHARACTERS
      ? { kind: 'failed', message: 'The rendered template is too large.' }
      : { kind: 'rendered', content: Object.fromEntries(rendered) };
  } catch (error) {
    return failure(error);
  }
}

/** Handlebars throws for a missing attribute, and so does a walk below one; the rest are its own limits and ours. */
function failure(error: unknown): Rendered {
  if (error instanceof TooCostly)
    return { kind: 'failed', message: 'The template takes too long to render.' };
  const line = firstLine(error);
  const attribute = /^"(.*)" not defined in /.exec(line)?.[1] ?? /\(reading '(.*)'\)$/.exec(line)?.[1];
  if (attribute === undefined) return { kind: 'failed', message: `The template can't be rendered: ${line}` };
  return {
    kind: 'missing-attribute',
    message: `Attribute '${attribute}' is not present in the rendering data.`,
  };
}

function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}

function invalid(message: string): Compiled {
  return { kind: 'invalid', message };
}
