import type { Tool } from '@modelcontextprotocol/sdk/types.js';

const PROJECT = {
  type: 'string',
  description:
    'The folder of one of the user’s projects; left out: the one this server was started for. Other folders are refused.',
} as const;
const BACKUP = 'A backup’s id or the beginning of it, "latest" or "last-good"';
const READ_ONLY = { readOnlyHint: true, openWorldHint: false } as const;

/** What the server offers. There is no tool to restore: that is the user’s decision. */
export const TOOLS: readonly Tool[] = [
  {
    name: 'backup_status',
    title: 'Backup status',
    description: 'Whether the feature database is sound, its newest and its last good backup, and how many there are.',
    inputSchema: { type: 'object', properties: { project: PROJECT } },
    annotations: READ_ONLY,
  },
  {
    name: 'list_backups',
    title: 'List backups',
    description:
      'The backups of the feature database, newest first, with why and when each was made and its feature counts.',
    inputSchema: {
      type: 'object',
      properties: {
        project: PROJECT,
        limit: { type: 'integer', minimum: 1, maximum: 200, description: 'At most so many; 20 by default.' },
      },
    },
    annotations: READ_ONLY,
  },
  {
    name: 'compare_backups',
    title: 'Compare backups',
    description:
      'Which features were added, removed or changed between two backups, or a backup and the live database.',
    inputSchema: {
      type: 'object',
      properties: {
        project: PROJECT,
        from: { type: 'string', description: `${BACKUP}, or "live"; "latest" by default.` },
        to: { type: 'string', description: `${BACKUP}, or "live", which is the default.` },
      },
    },
    annotations: READ_ONLY,
  },
  {
    name: 'verify_backup',
    title: 'Verify a backup',
    description:
      'Checks that a backup (all of them where none is named) is whole: its checksum, and SQLite’s full check.',
    inputSchema: { type: 'object', properties: { project: PROJECT, backup: { type: 'string', description: BACKUP } } },
    annotations: READ_ONLY,
  },
  {
    name: 'create_backup',
    title: 'Create a backup',
    description: 'Takes a verified backup of the feature database now. Changes nothing in the database itself.',
    inputSchema: {
      type: 'object',
      properties: { project: PROJECT, reason: { type: 'string', maxLength: 64, description: 'Why, in a few words.' } },
    },
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  },
];
