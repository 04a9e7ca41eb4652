import { parentPort, workerData } from 'node:worker_threads';
import { backUpProjects, placesOf, type ProjectResult } from './backUpProjects.js';
import type { BackupReply, BackupReport, BackupRequest, BackupThreadData, StrictnessNote } from './backupMessages.js';

// The tap's backup thread: makes backups one after another, in the order of the requests.

const { project } = workerData as BackupThreadData;
const places = placesOf(project, process.cwd());
let previous: Promise<void> = Promise.resolve();

parentPort?.on('message', (request: BackupRequest) => {
  previous = previous.then(() => respond(request));
});

async function respond({ sequence, trigger }: BackupRequest): Promise<void> {
  const onOpened = (isStrict: boolean): void => {
    const note: StrictnessNote = { isStrict };
    parentPort?.postMessage(note);
  };
  const reply: BackupReply = { sequence, ...worstOf(await backUpProjects(places, trigger, onOpened)) };
  parentPort?.postMessage(reply);
}

/** A project that is strict decides before the others, then the worse result. */
function worstOf(results: readonly ProjectResult[]): ProjectResult {
  const ranked = results.toSorted((one, other) => rankOf(other) - rankOf(one));
  return ranked[0] ?? { report: { status: 'nothing-to-save' }, isStrict: false };
}

function rankOf({ report: { status }, isStrict }: ProjectResult): number {
  const hasFailed = status === 'damaged' || status === 'failed';
  return STATUSES.indexOf(status) + (isStrict && hasFailed ? STATUSES.length : 0);
}

const STATUSES: readonly BackupReport['status'][] = ['nothing-to-save', 'saved', 'missing', 'damaged', 'failed'];
