import type { Tool } from '@modelcontextprotocol/sdk/types.js';

const PROJECT = {
  type: 'string',
  description:
    'Folder of one of the user’s projects; by default the project this server was started for. Other folders are refused.',
} as const;
const BACKUP = 'Backup id or an unambiguous prefix of it, "latest" or "last-good"';
const READ_ONLY = { readOnlyHint: true, openWorldHint: false } as const;

/** The server's tools. None restores: that is the user's decision. */
export const TOOLS: readonly Tool[] = [
  {
    name: 'backup_status',
    title: 'Backup status',
    description:
      'Shows the condition of the feature database, its newest and last good backups, and the number of backups.',
    inputSchema: { type: 'object', properties: { project: PROJECT }, additionalProperties: false },
    annotations: READ_ONLY,
  },
  {
    name: 'list_backups',
    title: 'List backups',
    description: 'Lists the backups of the feature database, newest first, with time, reason and feature counts.',
    inputSchema: {
      type: 'object',
      properties: {
        project: PROJECT,
        limit: { type: 'integer', minimum: 1, maximum: 200, description: 'Maximum number of backups; 20 by default.' },
      },
      additionalProperties: false,
    },
    annotations: READ_ONLY,
  },
  {
    name: 'compare_backups',
    title: 'Compare backups',
    description:
      'Shows which features were added, removed or changed between two backups, or between a backup and the live database.',
    inputSchema: {
      type: 'object',
      properties: {
        project: PROJECT,
        from: { type: 'string', description: `${BACKUP}, or "live"; "latest" by default.` },
        to: { type: 'string', description: `${BACKUP}, or "live", which is the default.` },
      },
      additionalProperties: false,
    },
    annotations: READ_ONLY,
  },
  {
    name: 'verify_backup',
    title: 'Verify a backup',
    description: 'Verifies one backup, or all if none is named, by checksum and SQLite integrity check.',
    inputSchema: {
      type: 'object',
      properties: { project: PROJECT, backup: { type: 'string', description: BACKUP } },
      additionalProperties: false,
    },
    annotations: READ_ONLY,
  },
  {
    name: 'create_backup',
    title: 'Create a backup',
    description: 'Makes a verified backup of the feature database now. Does not change the database.',
    inputSchema: {
      type: 'object',
      properties: {
        project: PROJECT,
        reason: { type: 'string', maxLength: 64, description: 'Reason for the backup, in a few words.' },
      },
      additionalProperties: false,
    },
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  },
];
