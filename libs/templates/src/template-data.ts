// The data that fills a template. Source: SES contract 1.5, 7.

export type TemplateData = Readonly<Record<string, unknown>>;

export type ParsedData =
  | { readonly kind: 'data'; readonly data: TemplateData }
  | { readonly kind: 'invalid'; readonly message: string };

/** SES contract 7. */
const MAX_CHARACTERS = 262_144;

/** A JSON object. */
export function parseTemplateData(json: string): ParsedData {
  if (json.length > MAX_CHARACTERS)
    return invalid(`Template data must not be longer than ${String(MAX_CHARACTERS)} characters.`);
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch {
    return invalid('Template data is not valid JSON.');
  }
  return isRecord(data) ? { kind: 'data', data } : invalid('Template data is not a JSON object.');
}

function isRecord(value: unknown): value is TemplateData {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string): ParsedData {
  return { kind: 'invalid', message };
}
