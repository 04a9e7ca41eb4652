// The import directions of docs/architecture.md as an ESLint rule: a room of core imports only rooms above it, and all
// go through a room's index.ts. Static and dynamic imports, re-exports and `import('…')` types are all looked at: a type
// that points the wrong way ties two rooms together just as well.
import { posix, relative, sep } from 'node:path';

/** The rooms of core: each may import those above it. */
const rooms = [
  'system',
  'project',
  'snapshot',
  'database',
  'projects',
  'store',
  'live',
  'history',
  'vault',
  'retention',
  'backup',
  'restore',
  'verify',
  'replication',
  'git',
  'agents',
  'schedule',
  'health',
  'notify',
  'followUp',
  'watch',
  'service',
].map((name) => `core/${name}/`);

/** What each layer may import besides itself; the longest matching layer counts. */
const layers = {
  ...Object.fromEntries(rooms.map((room, index) => [room, rooms.slice(0, index)])),
  'core/': [],
  'launch/': [],
  'cli/': ['core/', 'launch/'],
  'mcp/': ['core/'],
  'hooks/': ['core/', 'launch/'],
  'extension/': ['core/'],
  // The pages of web views know the messages they exchange with the extension, and nothing else of it.
  'media/': ['extension/timeline/protocol.ts'],
};

export const importDirection = {
  meta: {
    type: 'problem',
    messages: {
      wrongWay:
        '{{from}} may not import {{target}}: imports run extension | cli | mcp | hooks -> core, never back or sideways.',
      pastTheDoor: '{{target}} is inside a room: import it from {{door}}.',
      ownDoor: 'Inside its room, import the file itself: index.ts is for the others.',
      vscode: 'Only extension/ may import vscode.',
      self: 'Import the file itself, not the package by its own name.',
    },
    schema: [],
  },
  create(context) {
    const root = context.cwd;
    const file = toPosix(relative(root, context.filename));
    const layer = layerOf(file);
    if (layer === undefined) return {};

    const check = (node) => {
      const specifier = node?.type === 'TSLiteralType' ? node.literal.value : node?.value;
      if (typeof specifier !== 'string') return;
      const messageId = judge(layer, file, specifier);
      if (messageId === undefined) return;
      const target = targetOf(file, specifier);
      context.report({ node, messageId, data: { from: layer, target, door: `${roomOf(target)}index.ts` } });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.source ?? node.argument),
      TSExternalModuleReference: (node) => check(node.expression),
      'CallExpression[callee.name="require"]': (node) => check(node.arguments[0]),
    };
  },
};

function judge(layer, file, specifier) {
  if (specifier === 'vscode') return layer === 'extension/' ? undefined : 'vscode';
  if (specifier === 'feature-backups') return 'self';
  if (!specifier.startsWith('.')) return undefined;
  const target = targetOf(file, specifier);
  if (target === 'package.json' && !layer.startsWith('core/')) return undefined;
  const isAllowed = [layer, ...layers[layer]].some(
    (allowed) => target === allowed || (allowed.endsWith('/') && target.startsWith(allowed)),
  );
  return isAllowed ? judgeDoor(file, target) : 'wrongWay';
}

function judgeDoor(file, target) {
  const room = roomOf(target);
  if (room === undefined) return undefined;
  const isDoor = target === `${room}index.ts`;
  if (room === roomOf(file)) return isDoor ? 'ownDoor' : undefined;
  return isDoor ? undefined : 'pastTheDoor';
}

/** Undefined for what is in no room of core: a front end's file, the engine's own. */
function roomOf(path) {
  return rooms.find((room) => path.startsWith(room));
}

function targetOf(file, specifier) {
  return posix.normalize(posix.join(posix.dirname(file), specifier)).replace(/\.js$/, '.ts');
}

function layerOf(file) {
  return Object.keys(layers)
    .filter((name) => file === name || (name.endsWith('/') && file.startsWith(name)))
    .sort((a, b) => b.length - a.length)[0];
}

function toPosix(path) {
  return path.split(sep).join('/');
}
