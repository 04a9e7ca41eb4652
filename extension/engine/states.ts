import { LIVE, compare, findBackup, openProject, type EngineOptions } from '../../core/engine.js';
import { readComparisonSide } from '../../core/vault/index.js';
import type { Feature, FeatureComparison } from '../../core/database/index.js';
import { realPorts } from '../../core/system/index.js';
import type { StateRef } from './protocol.js';

/** The features of a backup or of the live database. */
export async function readState(root: string, state: StateRef, options: EngineOptions): Promise<readonly Feature[]> {
  const project = await openProject(root, { ...options, includeDeleted: true });
  const backup = state.kind === 'live' ? undefined : await findBackup(project, state.id, options);
  const side = await readComparisonSide(project, backup, { ...realPorts(), ...options.ports });
  return side.features;
}

export async function compareStates(
  root: string,
  before: StateRef,
  after: StateRef,
  options: EngineOptions,
): Promise<FeatureComparison> {
  const { comparison } = await compare(root, selectorOf(before), selectorOf(after), options);
  return comparison;
}

function selectorOf(state: StateRef): string {
  return state.kind === 'live' ? LIVE : state.id;
}
