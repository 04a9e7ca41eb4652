import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createBackup } from '../../core/backup/createBackup.js';
import { historySummary, listHistory } from '../../core/history/listHistory.js';
import { readBackupImage } from '../../core/history/readBackupImage.js';
import { realPorts } from '../../core/system/ports.js';
import type { Project } from '../../core/project/project.js';
import { startFeatureWriter } from '../support/featureWriter.js';
import { copyFixture } from '../support/fixtureProject.js';
import { testProject } from '../support/testProject.js';
import { measure, median, timeOf, timeOfAsync } from './measure.js';
import { milliseconds, printTable } from './table.js';

const KEEP = 2;
const STATES = 128;
const ROUNDS = 7;

/** The size of a history state, and the time to archive and to rebuild one, with AutoForge's own database. */
export async function benchHistory(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'feature-backups-bench-'));
  const writer = await startFeatureWriter();
  try {
    const root = copyFixture('2-after-200-passing', folder);
    const archiving = projectWith(root, 64 * 1024 * 1024);
    const deleting = projectWith(root, 0);
    const archiveMs: number[] = [];
    const deleteMs: number[] = [];
    for (let turn = 0; turn < STATES + 40; turn += 1) {
      // Alternately, so that other load on the machine affects both equally.
      const isArchiving = turn < KEEP + 1 || turn % 4 !== 0;
      await writer.write(archiving.databasePath);
      const ms = await timeOfAsync(() => backUpOnce(isArchiving ? archiving : deleting, turn));
      if (turn > KEEP + 1) (isArchiving ? archiveMs : deleteMs).push(ms);
    }
    printSpace(archiving);
    await printTimes(archiving, median(archiveMs), median(deleteMs));
  } finally {
    await writer.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function projectWith(root: string, maxBytes: number): Project {
  const project = testProject(root, { keepLast: KEEP, keepDaily: 0, keepWeekly: 0 });
  return { ...project, configuration: { ...project.configuration, history: { maxBytes } } };
}

async function backUpOnce(project: Project, turn: number): Promise<void> {
  const now = new Date(Date.UTC(2026, 0, 1, 12, turn));
  const ports = { ...realPorts(), now: () => now };
  const outcome = await createBackup(project, { source: 'mcp', reason: 'before_mark_passing' }, ports);
  if (outcome.status !== 'created' || outcome.pruneProblem !== undefined) throw new Error(JSON.stringify(outcome));
}

function printSpace(project: Project): void {
  const { states } = listHistory(project, realPorts());
  const differences = states.filter(({ history }) => history !== undefined && history.index > 0);
  const full = states.find(({ history }) => history?.index === 0);
  const image = readFileSync(project.databasePath);
  printTable(
    `Space, ${states.length.toString()} states of a database of 598 features`,
    ['what', 'bytes'],
    [
      ['a plain copy', image.length.toString()],
      ['its gzip', gzipSync(image).length.toString()],
      ['the first state of a segment', (full?.sizeBytes ?? 0).toString()],
      ['each of the others, median', median(differences.map(({ sizeBytes }) => sizeBytes)).toString()],
    ],
  );
}

async function printTimes(project: Project, archiveMs: number, deleteMs: number): Promise<void> {
  const ports = realPorts();
  const { states } = listHistory(project, ports);
  const last = states.reduce((one, other) => ((other.history?.index ?? 0) > (one.history?.index ?? 0) ? other : one));
  const steps = last.history?.index ?? 1;
  const measured = await measure(
    [
      { name: `rebuild a state, ${steps.toString()} steps`, run: () => timeOf(() => readBackupImage(last, ports)) },
      { name: 'list the history', run: () => timeOf(() => listHistory(project, ports)) },
      { name: 'count the history', run: () => timeOf(() => historySummary(project, ports)) },
    ],
    ROUNDS,
  );
  const rebuildMs = measured[0]?.medianMs ?? Number.NaN;
  printTable(
    'Time with a history',
    ['what', 'median'],
    [
      ['back up, fold the oldest', milliseconds(archiveMs)],
      ['back up, delete the oldest', milliseconds(deleteMs)],
      ...measured.map(({ name, medianMs }) => [name, milliseconds(medianMs)]),
      ['one step of a rebuild', milliseconds(rebuildMs / steps)],
    ],
  );
}
