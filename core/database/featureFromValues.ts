import { parseJson } from '../system/index.js';
import type { Feature, FeatureRow, RawValue } from './feature.js';

/** The column names of AutoForge's schema, in lower case. */
export const FIELD_OF_COLUMN: ReadonlyMap<string, keyof Feature> = new Map<string, keyof Feature>([
  ['id', 'id'],
  ['priority', 'priority'],
  ['category', 'category'],
  ['name', 'name'],
  ['description', 'description'],
  ['steps', 'steps'],
  ['passes', 'passes'],
  ['in_progress', 'inProgress'],
  ['dependencies', 'dependencies'],
  ['needs_human_input', 'needsHumanInput'],
  ['human_input_request', 'humanInputRequest'],
  ['human_input_response', 'humanInputResponse'],
]);

export type FeatureValues = Partial<Readonly<Record<keyof Feature, RawValue | undefined>>>;

/** Accepts any values: missing values get defaults, and invalid ones are kept as text if possible. */
export function featureFromValues(values: FeatureValues): Feature {
  return {
    id: asNumber(values.id),
    priority: asNumber(values.priority),
    category: asText(values.category),
    name: asText(values.name),
    description: asText(values.description),
    steps: parseSteps(values.steps),
    passes: asBoolean(values.passes),
    inProgress: asBoolean(values.inProgress),
    dependencies: parseDependencies(values.dependencies),
    needsHumanInput: asBoolean(values.needsHumanInput),
    humanInputRequest: asJsonText(values.humanInputRequest),
    humanInputResponse: asJsonText(values.humanInputResponse),
  };
}

export function featureFromRow({ id, values }: FeatureRow): Feature {
  const known: Partial<Record<keyof Feature, RawValue>> = {};
  for (const [column, value] of Object.entries(values)) {
    const field = FIELD_OF_COLUMN.get(column.toLowerCase());
    if (field !== undefined) known[field] = value;
  }
  return featureFromValues({ ...known, id });
}

function asText(value: RawValue | undefined): string {
  if (value === null || value === undefined) return '';
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value);
}

function asNumber(value: RawValue | undefined): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  const parsed = Number.parseFloat(asText(value));
  return Number.isFinite(parsed) ? parsed : 0;
}

/** True if the value is true in SQL. */
function asBoolean(value: RawValue | undefined): boolean {
  return asNumber(value) !== 0;
}

/** SQLAlchemy writes Python's None as the JSON value `null`. */
function asJsonText(value: RawValue | undefined): string | null {
  const text = asText(value);
  return value === null || value === undefined || text === 'null' ? null : text;
}

function parseSteps(value: RawValue | undefined): readonly string[] {
  const text = asJsonText(value);
  if (text === null || text === '') return [];
  const parsed = parseJson(text);
  if (!Array.isArray(parsed)) return [text];
  return parsed.map((step: unknown) => (typeof step === 'string' ? step : JSON.stringify(step)));
}

function parseDependencies(value: RawValue | undefined): readonly number[] {
  const text = asJsonText(value);
  // The usual case. Parsing nothing throws, which takes longer than reading the row.
  if (text === null || text === '') return [];
  const parsed = parseJson(text);
  return Array.isArray(parsed) ? parsed.filter((id: unknown): id is number => Number.isInteger(id)) : [];
}
