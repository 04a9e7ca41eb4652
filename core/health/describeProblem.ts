import { isoWithOffset } from '../store/index.js';
import type { HealthAction, HealthProblem, HealthProblemCode, Severity } from './healthProblem.js';

interface ProblemParts {
  readonly code: HealthProblemCode;
  readonly severity: Severity;
  /** Empty by default. */
  readonly subject?: string;
  /** Sentences without their full stops; undefined and empty ones are left out. */
  readonly what: readonly (string | undefined)[];
  readonly advice?: readonly (string | undefined)[];
  readonly actions?: readonly HealthAction[];
}

export function healthProblem(parts: ProblemParts): HealthProblem {
  const { code, severity, subject = '', what, advice = [], actions = [] } = parts;
  const [description, adviceText] = [sentences(what), sentences(advice)];
  const message = [description, adviceText].filter((text) => text !== '').join(' ');
  return { code, severity, subject, description, advice: adviceText, message, actions };
}

function sentences(parts: readonly (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined && part !== '')
    .map((part) => (/[.!?]$/.test(part ?? '') ? part : `${part ?? ''}.`))
    .join(' ');
}

/** A recorded reason can have any length. */
export function truncate(text: string): string {
  return text.length <= MAX_REASON_LENGTH ? text : `${text.slice(0, MAX_REASON_LENGTH)}…`;
}

const MAX_REASON_LENGTH = 300;

/** " since 2026-01-25 14:46", local; empty if unknown. */
export function since(iso: string | undefined): string {
  return iso === undefined ? '' : ` since ${formatLocalTime(iso)}`;
}

/** "2026-01-25 14:46", local. */
export function formatLocalTime(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? 'an unknown time' : isoWithOffset(at).slice(0, 16).replace('T', ' ');
}
