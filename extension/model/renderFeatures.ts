import type { Feature } from '../../core/database/index.js';
import { l10n } from '../words/l10n.js';
import { plainLine, plainLines } from '../words/plainText.js';

/**
 * A backlog as text for the diff editor: one block per feature in the order of ids, one field per line, so that a diff
 * shows exactly the changed fields.
 */
export function renderFeatures(features: readonly Feature[]): string {
  if (features.length === 0) return `${l10n.t('No features.')}\n`;
  return `${[...features]
    .sort((a, b) => a.id - b.id)
    .map(renderFeature)
    .join('\n\n')}\n`;
}

function renderFeature(feature: Feature): string {
  return [
    `#${feature.id} ${plainLine(feature.name)}`,
    field(l10n.t('Status'), statusOf(feature)),
    field(l10n.t('Category'), plainLine(feature.category)),
    field(l10n.t('Priority'), String(feature.priority)),
    ...optional(l10n.t('Depends on'), feature.dependencies.map((id) => `#${id}`).join(', ')),
    ...block(l10n.t('Description'), plainLines(feature.description)),
    ...block(l10n.t('Steps'), feature.steps.flatMap(numberedStep)),
    ...block(l10n.t('Question for you'), plainLines(feature.humanInputRequest ?? '')),
    ...block(l10n.t('Your answer'), plainLines(feature.humanInputResponse ?? '')),
  ].join('\n');
}

function statusOf(feature: Feature): string {
  const parts = [feature.passes ? l10n.t('passing') : l10n.t('failing')];
  if (feature.inProgress) parts.push(l10n.t('in progress'));
  if (feature.needsHumanInput) parts.push(l10n.t('waiting for your input'));
  return parts.join(', ');
}

function numberedStep(step: string, index: number): readonly string[] {
  const number = `${index + 1}. `;
  return plainLines(step).map((line, at) => (at === 0 ? number : ' '.repeat(number.length)) + line);
}

function field(label: string, value: string): string {
  return `  ${label}: ${value}`.trimEnd();
}

function optional(label: string, value: string): readonly string[] {
  return value === '' ? [] : [field(label, value)];
}

/** Indented deeper than fields, so text from the database cannot imitate a field. */
function block(label: string, lines: readonly string[]): readonly string[] {
  if (lines.every((line) => line.trim() === '')) return [];
  return [`  ${label}:`, ...lines.map((line) => `      ${line}`.trimEnd())];
}
