import type { SetupKind } from '../setup/index.js';

/** A link of the chain from a write to a backup that can be restored. */
export type DoctorLink =
  | 'configuration'
  | 'database'
  | 'backups'
  | 'store'
  | 'state'
  | 'vault'
  | 'target'
  | 'git'
  | 'hook'
  | 'tap'
  | 'service'
  | 'connections';

/** The result of one link. */
export interface DoctorCheck {
  readonly link: DoctorLink;
  /** What distinguishes it from others of its kind: a target, a settings file, a server; empty if only one can exist. */
  readonly subject: string;
  /** `information` is no failure: something that the user may want to know or set up. */
  readonly state: 'ok' | 'problem' | 'information';
  /** In sentences. */
  readonly description: string;
  /** What to do, in sentences; empty if nothing. */
  readonly advice: string;
  /** The Node.js that ran the link, for links that start a program. */
  readonly node?: DoctorNode | undefined;
  /** What `setup` would write again to repair it; undefined if that does not help. */
  readonly repair?: SetupKind | undefined;
}

export interface DoctorNode {
  readonly version: string;
  readonly path: string;
}

export function ok(link: DoctorLink, subject: string, description: string, node?: DoctorNode): DoctorCheck {
  return { link, subject, state: 'ok', description, advice: '', node };
}

interface Failure {
  readonly description: string;
  readonly advice?: string | undefined;
  readonly node?: DoctorNode | undefined;
  readonly repair?: SetupKind | undefined;
}

export function problem(link: DoctorLink, subject: string, failure: Failure): DoctorCheck {
  return { link, subject, state: 'problem', ...failure, advice: failure.advice ?? '' };
}

/** A message as a sentence. */
export function sentence(text: string): string {
  return withFullStop(`${(text[0] ?? '').toUpperCase()}${text.slice(1)}`);
}

export function withFullStop(text: string): string {
  const trimmed = text.trimEnd();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
