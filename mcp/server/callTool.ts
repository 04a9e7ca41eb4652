import { join } from 'node:path';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import {
  integer,
  maxLength,
  maxValue,
  minValue,
  number,
  object,
  optional,
  parse,
  pipe,
  string,
  ValiError,
} from 'valibot';
import { backUp, BackupError, compare, listBackups, projectSummary, verify } from '../../core/engine.js';
import type { Backup, Project } from '../../core/engine.js';
import { withoutCommands } from '../../core/system/index.js';
import { startFollowUp } from '../../core/followUp/index.js';
import { openKnownProject } from './openKnownProject.js';
import { TOOLS } from './tools.js';

/** Runs one tool. A failure is a result that a model can read, never an exception. */
export async function callTool(
  name: string,
  args: Readonly<Record<string, unknown>>,
  defaultProject: string | undefined,
): Promise<CallToolResult> {
  const run = TOOL_FUNCTIONS.get(name);
  if (run === undefined) return failure('usage', `Unknown tool: ${name}.`);
  const unknown = unknownArgument(name, args);
  if (unknown !== undefined) return unknown;
  try {
    const { project: named } = parse(object({ project: optional(string()) }), args);
    const result = await run(await openKnownProject(named, defaultProject), args);
    return { content: [{ type: 'text', text: JSON.stringify(result, null, 2) }] };
  } catch (error) {
    if (error instanceof BackupError) return failure(error.code, error.message, hintForModel(error.hint));
    if (error instanceof ValiError) return failure('usage', `Invalid arguments: ${error.message}.`);
    return failure('unexpected', `Unexpected error: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** Refuses unknown arguments: a misspelled one would silently get its default. */
function unknownArgument(tool: string, args: Readonly<Record<string, unknown>>): CallToolResult | undefined {
  const known = Object.keys(TOOLS.find(({ name }) => name === tool)?.inputSchema.properties ?? {});
  const unknown = Object.keys(args).find((name) => !known.includes(name));
  if (unknown === undefined) return undefined;
  return failure('usage', `Unknown argument: ${unknown}.`, `The arguments of ${tool} are ${known.join(', ')}.`);
}

/** The bundles are in one folder. */
const afterBackup = startFollowUp(join(import.meta.dirname, 'feature-backups.cjs'));

/** The result is an object, because some clients refuse an array. */
type ToolFunction = (project: Project, args: Readonly<Record<string, unknown>>) => Promise<object>;

const TEXT = optional(pipe(string(), maxLength(300)));

/** A map, because an object would also run inherited names such as `toString`. */
const TOOL_FUNCTIONS: ReadonlyMap<string, ToolFunction> = new Map(
  Object.entries<ToolFunction>({
    backup_status: async (project) => {
      const summary = await projectSummary(project);
      const { live, problem, newest, lastGood, lastProven } = summary;
      // Selected properties only, because a project contains the user's whole configuration.
      return {
        backupCount: summary.backupCount,
        emergencyCount: summary.emergencyCount,
        quarantineCount: summary.quarantineCount,
        totalSizeBytes: summary.totalSizeBytes,
        history: summary.history,
        jobs: summary.jobs,
        replication: summary.replication,
        project: { root: project.root, databasePath: project.databasePath, storePath: project.storePath },
        live: live ?? null,
        problem: problem?.message ?? null,
        newest: newest === undefined ? null : backupSummary(newest),
        lastGood: lastGood === undefined ? null : backupSummary(lastGood),
        lastProven: lastProven === undefined ? null : { backup: backupSummary(lastProven.backup), at: lastProven.at },
      };
    },

    list_backups: async (project, args) => {
      const limit = pipe(number(), integer(), minValue(1), maxValue(200));
      const { limit: max } = parse(object({ limit: optional(limit, 20) }), args);
      const { backups, storePath } = await listBackups(project);
      return { storePath, total: backups.length, backups: backups.slice(0, max).map(backupSummary) };
    },

    compare_backups: (project, args) => {
      const { from, to } = parse(object({ from: TEXT, to: TEXT }), args);
      return compare(project, from ?? 'latest', to ?? 'live');
    },

    verify_backup: async (project, args) => {
      const { backup } = parse(object({ backup: TEXT }), args);
      const outcomes = await verify(project, backup);
      return { backups: outcomes.map(({ backup: checked, ok, problems }) => ({ id: checked.id, ok, problems })) };
    },

    create_backup: async (project, args) => {
      const { reason } = parse(object({ reason: TEXT }), args);
      const outcome = await backUp(
        project,
        { source: 'mcp', reason: reason ?? 'manual', tool: 'create_backup' },
        { afterBackup },
      );
      return outcome.status === 'damaged'
        ? { status: outcome.status, emergency: backupSummary(outcome.emergency), problems: outcome.problems }
        : { status: outcome.status, backup: backupSummary(outcome.backup) };
    },
  }),
);

function backupSummary({ id, kind, createdAt, reason, counts, metadata, metadataProblem }: Backup) {
  return {
    id,
    kind,
    createdAt: createdAt.toISOString(),
    reason,
    featureCount: counts.total ?? null,
    passingCount: counts.passing ?? null,
    verified: metadata?.verified?.ok ?? null,
    pinned: metadataProblem === undefined ? (metadata?.pinned ?? false) : null,
  };
}

/** Replaces advice to run a command, because a model may only use tools. */
function hintForModel(hint: string | undefined): string | undefined {
  if (hint === undefined) return undefined;
  const rest = withoutCommands(hint);
  return rest === hint ? hint : `${rest} Tell the user, who can correct this with feature-backups.`.trimStart();
}

function failure(code: string, message: string, hint?: string): CallToolResult {
  const text = JSON.stringify({ error: { code, message, hint } }, null, 2);
  return { content: [{ type: 'text', text }], isError: true };
}
