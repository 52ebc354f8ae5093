// The template of a mail: stored under a name or an ARN, or given with the call; compiled once as long as it stays the
// same. Source: SES contract 1.5, 2.3.
import { compileTemplate, type CompiledTemplate, type TemplateContent } from '@sealpost/templates';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';

export interface TemplateToSend {
  /** For events; empty when the template was given with the call. */
  readonly name: string;
  readonly compiled: CompiledTemplate;
}

export interface AskedTemplate {
  readonly name: string | undefined;
  /** `arn:aws:ses:<region>:<account>:template/<name>`. */
  readonly arn: string | undefined;
  readonly content?: TemplateContent | undefined;
}

/** Throws ApiFault. */
export async function templateToSend(
  { name, arn, content }: AskedTemplate,
  context: ActionContext,
): Promise<TemplateToSend> {
  if (content !== undefined) return { name: '', compiled: compiled(content) };
  const stored = name ?? nameOfArn(arn);
  if (stored === undefined) throw new ApiFault('validation', 'TemplateName cannot be empty.');
  const result = await context.storedTemplate(stored);
  if (result.kind === 'unknown') throw templateDoesNotExist(stored);
  if (result.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
  const { template } = result;
  const known = kept.get(template) ?? compiled(template.content);
  kept.set(template, known);
  return { name: stored, compiled: known };
}

function templateDoesNotExist(TemplateName: string): ApiFault {
  return new ApiFault('template-does-not-exist', `Template ${TemplateName} does not exist.`, {
    TemplateName,
  });
}

/** By the template as the cache of policies holds it: gone when it has changed. */
const kept = new WeakMap<object, CompiledTemplate>();

/** Throws ApiFault. */
function compiled(content: TemplateContent): CompiledTemplate {
  const result = compileTemplate(content);
  if (result.kind === 'invalid') throw new ApiFault('invalid-template', result.message);
  return result.template;
}

function nameOfArn(arn: string | undefined): string | undefined {
  if (arn === undefined) return undefined;
  const name = /^arn:[\w-]+:ses:[\w-]*:\d*:template\/([\w-]+)$/.exec(arn)?.[1];
  if (name === undefined) throw new ApiFault('invalid-parameter', `Invalid ARN <${arn.slice(0, 200)}>.`);
  return name;
}
