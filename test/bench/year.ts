import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUp } from '../../core/retention/cleanUp.js';
import { createBackup } from '../../core/backup/createBackup.js';
import { historySummary } from '../../core/history/listHistory.js';
import { realPorts } from '../../core/system/ports.js';
import type { Project } from '../../core/project/project.js';
import { startFeatureWriter, type FeatureWriter } from '../support/featureWriter.js';
import { copyFixture } from '../support/fixtureProject.js';
import { testProject } from '../support/testProject.js';
import { median } from './measure.js';
import { milliseconds, printTable } from './table.js';

const PROJECTS = 30;
const DAYS = 365;
const MONTH_DAYS = 30;
const DAY_MS = 86_400_000;
/** A project is worked on every third day. */
const WORKS_EVERY_DAYS = 3;
const WRITES_A_DAY = 1;

interface Month {
  readonly writes: number;
  readonly backUpMs: number;
  readonly cleanUpMs: number;
  /** The largest number in any project. */
  readonly maxFiles: number;
  readonly storeBytes: number;
  readonly historyBytes: number;
  readonly states: number;
}

/** Simulates thirty projects for a year, to show that times and sizes do not grow. */
export async function benchYear(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'feature-backups-bench-'));
  const writer = await startFeatureWriter();
  try {
    const projects = Array.from({ length: PROJECTS }, (_, index) => {
      const root = join(folder, `project-${index.toString()}`);
      mkdirSync(root);
      return testProject(copyFixture('1-after-bulk-create', root));
    });
    const months: Month[] = [];
    for (let day = 0; day < DAYS; day += MONTH_DAYS) months.push(await liveThrough(day, projects, writer));
    printTable(
      `A year of ${PROJECTS.toString()} projects`,
      ['month', 'writes', 'a backup', 'a clean-up', 'most files', 'all of a store', 'its history', 'states in it'],
      months.map((month, index) => [
        (index + 1).toString(),
        month.writes.toString(),
        milliseconds(month.backUpMs),
        milliseconds(month.cleanUpMs),
        month.maxFiles.toString(),
        `${(month.storeBytes / 1000).toFixed(0)} kB`,
        `${(month.historyBytes / 1000).toFixed(0)} kB`,
        month.states.toString(),
      ]),
    );
  } finally {
    await writer.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function liveThrough(from: number, projects: readonly Project[], writer: FeatureWriter): Promise<Month> {
  const backUps: number[] = [];
  for (let day = from; day < Math.min(from + MONTH_DAYS, DAYS); day += 1) {
    for (const [index, project] of projects.entries()) {
      if ((day + index) % WORKS_EVERY_DAYS === 0) backUps.push(...(await workFor(project, day, writer)));
    }
  }
  const cleanUps: number[] = [];
  for (const project of projects) {
    const begin = performance.now();
    const { problem } = await cleanUp(project, portsAt(from + MONTH_DAYS, 23));
    if (problem !== undefined) throw problem;
    cleanUps.push(performance.now() - begin);
  }
  const stores = projects.map(({ storePath }) => {
    const names = readdirSync(storePath);
    const sizeBytes = names.reduce((sum, name) => sum + statSync(join(storePath, name)).size, 0);
    return { fileCount: names.length, sizeBytes };
  });
  const histories = projects.map((project) => historySummary(project, realPorts()));
  return {
    writes: backUps.length,
    backUpMs: median(backUps),
    cleanUpMs: median(cleanUps),
    maxFiles: Math.max(...stores.map(({ fileCount }) => fileCount)),
    storeBytes: median(stores.map(({ sizeBytes }) => sizeBytes)),
    historyBytes: median(histories.map(({ sizeBytes }) => sizeBytes)),
    states: median(histories.map(({ stateCount }) => stateCount)),
  };
}

async function workFor(project: Project, day: number, writer: FeatureWriter): Promise<readonly number[]> {
  const times: number[] = [];
  for (let write = 0; write < WRITES_A_DAY; write += 1) {
    await writer.write(project.databasePath);
    const begin = performance.now();
    const trigger = { source: 'mcp', reason: 'before_mark_passing' } as const;
    const outcome = await createBackup(project, trigger, portsAt(day, 9 + write));
    times.push(performance.now() - begin);
    if (outcome.status !== 'created' || outcome.pruneProblem !== undefined) throw new Error(JSON.stringify(outcome));
  }
  return times;
}

function portsAt(day: number, hour: number) {
  const now = new Date(Date.UTC(2026, 0, 1, hour) + day * DAY_MS);
  return { ...realPorts(), now: () => now };
}
