import { findProgram, type Ports } from '../../system/index.js';
import { findNodeSqlite } from '../../snapshot/index.js';
import type { DrillReader } from '../../store/index.js';
import type { SecondReader } from './drillOutcome.js';
import { nodeReader } from './nodeReader.js';
import { programReader } from './sqliteProgram.js';

/**
 * The first allowed and available reader; undefined if none. Only a separate program reads a schema that could run
 * forever, because a program can be stopped.
 */
export function chooseReader(
  isHazardous: boolean,
  allowed: readonly DrillReader[] = ['node:sqlite', 'sqlite3'],
  ports: Ports,
): SecondReader | undefined {
  const sqlite = !isHazardous && allowed.includes('node:sqlite') ? findNodeSqlite() : undefined;
  if (sqlite !== undefined) return nodeReader(sqlite);
  const program = allowed.includes('sqlite3') ? findProgram('sqlite3', ports) : undefined;
  return program === undefined ? undefined : programReader(program);
}
