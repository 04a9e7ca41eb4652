import { BackupError } from '../../../core/system/errors.js';
import type { Feature } from '../../../core/database/feature.js';
import type { Inspection } from '../../../core/database/inspection.js';
import { decodeImage, featureCountOf } from '../live/states.js';

/** Replaces `core/database/runTask.ts`: compares the pages themselves instead of running SQLite. */
export async function runTask(name: string, image: Buffer, input: unknown): Promise<unknown> {
  await Promise.resolve();
  const state = decodeImage(image);
  switch (name) {
    case 'check':
      return checkOf(state, input);
    case 'inspect':
      return inspect(state, input);
    case 'readFeatures':
      if (typeof state === 'number') return featuresOf(state);
      throw new BackupError(state, { code: 'database-damaged', operation: 'read the database' });
    default:
      throw new Error(`The simulation has no task ${name}`);
  }
}

function inspect(state: number | string, input: unknown): Inspection {
  const check = checkOf(state, input);
  if (typeof state === 'string') return { check, shape: undefined, counts: undefined };
  return { check, shape: 'ok', counts: { total: featureCountOf(state), passing: state % 5, inProgress: 0 } };
}

function checkOf(state: number | string, input: unknown): Inspection['check'] {
  const { kind } = input as Pick<Inspection['check'], never> & { kind: Inspection['check']['check'] };
  return { check: kind, ok: typeof state === 'number', problems: typeof state === 'string' ? [state] : [] };
}

function featuresOf(state: number): readonly Feature[] {
  const feature = { priority: 1, category: '', description: '', steps: [], passes: true, inProgress: false };
  const answers = { needsHumanInput: false, humanInputRequest: null, humanInputResponse: null };
  return [{ id: 1, name: `state ${state.toString()}`, dependencies: [], ...feature, ...answers }];
}
