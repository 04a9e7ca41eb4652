import { listBackups, listHistory, type Backup, type KnownHealth } from '../../core/engine.js';
import { BackupError, type Ports } from '../../core/system/index.js';

/** The backlog at one moment. */
export interface CurvePoint {
  readonly atMs: number;
  readonly features: number;
  /** Undefined if the backup does not record it. */
  readonly passing: number | undefined;
}

/**
 * The backlog over the backups, the history and the live database, oldest first, thinned to what a small picture can
 * show. Returns the error if the backups cannot be read.
 */
export async function readCurve(
  { project, summary }: KnownHealth,
  ports: Ports,
): Promise<readonly CurvePoint[] | BackupError> {
  if (project === undefined || summary === undefined) return [];
  // The page lists unreadable metadata as a problem, so a warning would only repeat it.
  const options = { ports: { ...ports, onWarning: () => undefined } };
  try {
    const { backups } = await listBackups(project, options);
    const { states } = await listHistory(project, options);
    const nowMs = ports.now().getTime();
    const stored = [...backups, ...states].flatMap((backup) => pointOf(backup, nowMs) ?? []);
    const { total, passing } = summary.live?.counts ?? {};
    const live = total === undefined ? [] : [{ atMs: nowMs, features: total, passing }];
    return thinned([...stored.sort((one, other) => one.atMs - other.atMs), ...live]);
  } catch (error) {
    if (error instanceof BackupError) return error;
    throw error;
  }
}

/**
 * Undefined for an emergency backup, whose content a restore replaces, for a damaged one, and for a time that is
 * invalid or in the future.
 */
function pointOf({ kind, metadata, counts, createdAt }: Backup, nowMs: number): CurvePoint | undefined {
  const { total: features, passing } = counts;
  const atMs = createdAt.getTime();
  if (kind !== 'ordinary' || metadata?.verified?.ok === false || features === undefined) return undefined;
  return atMs <= nowMs ? { atMs, features, passing } : undefined;
}

const COLUMNS = 60;

/** Keeps the lowest and the last point of each column, so that a short loss stays visible. */
export function thinned(points: readonly CurvePoint[]): readonly CurvePoint[] {
  const [first] = points;
  const last = points.at(-1);
  if (points.length <= 2 * COLUMNS || first === undefined || last === undefined) return points;
  const spanMs = Math.max(1, last.atMs - first.atMs);
  const columns = new Map<number, { lowest: CurvePoint; last: CurvePoint }>();
  for (const point of points) {
    const column = Math.floor(((point.atMs - first.atMs) / spanMs) * (COLUMNS - 1));
    const known = columns.get(column);
    const isLowest = known === undefined || point.features < known.lowest.features;
    columns.set(column, { lowest: isLowest ? point : known.lowest, last: point });
  }
  return [...new Set([first, ...[...columns.values()].flatMap((column) => [column.lowest, column.last])])];
}
