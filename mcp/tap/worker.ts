import { parentPort, workerData } from 'node:worker_threads';
import { backUpProjects, placesOf, recordFailedBackup, releaseLocks, type ProjectResult } from './backUpProjects.js';
import { backUpAfterSession } from './lastBackup.js';
import type {
  BackupReply,
  BackupReport,
  BackupRequest,
  BackupThreadData,
  EndedThreadsNote,
  FailureNote,
  StrictnessNote,
} from './backupMessages.js';

// The tap's backup thread: makes backups one after another, in the order of the requests. Also runs as a process of its
// own, to make the last backup of a session.

if (parentPort === null) void backUpAfterSession(process.argv[2]);
else serve(workerData as BackupThreadData);

function serve({ project }: BackupThreadData): void {
  const places = placesOf(project, process.cwd());
  let previous: Promise<void> = Promise.resolve();

  const respond = async ({ sequence, trigger }: BackupRequest): Promise<void> => {
    const onOpened = (isStrict: boolean): void => {
      const note: StrictnessNote = { isStrict };
      parentPort?.postMessage(note);
    };
    const reply: BackupReply = { sequence, ...worstOf(await backUpProjects(places, trigger, { onOpened })) };
    parentPort?.postMessage(reply);
  };

  parentPort?.on('message', (message: BackupRequest | FailureNote | EndedThreadsNote) => {
    if ('haveThreadsEnded' in message) {
      // At once, because the work before may wait for such a lock.
      void releaseLocks(places);
      return;
    }
    previous = previous.then(() =>
      'problem' in message ? recordFailedBackup(places, message.problem) : respond(message),
    );
  });
}

/** The failure of a strict project comes first, then the worst result. */
function worstOf(results: readonly ProjectResult[]): ProjectResult {
  const ranked = results.toSorted((one, other) => rankOf(other) - rankOf(one));
  return ranked[0] ?? { report: { status: 'nothing-to-save' }, isStrict: false };
}

function rankOf({ report: { status }, isStrict }: ProjectResult): number {
  const hasFailed = status === 'damaged' || status === 'failed';
  return STATUSES.indexOf(status) + (isStrict && hasFailed ? STATUSES.length : 0);
}

const STATUSES: readonly BackupReport['status'][] = ['nothing-to-save', 'saved', 'missing', 'damaged', 'failed'];
