// The import directions of docs/architecture.md as an ESLint rule: a room of core imports only rooms above it, and
// every import from another room uses its index.ts. The rule checks static and dynamic imports, re-exports and
// `import('…')` types, because a type in the wrong direction couples two rooms too.
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
  'setup',
  'doctor',
].map((name) => `core/${name}/`);

/** The imports that each layer may have besides itself. For a file in several layers, the longest one counts. */
const layers = {
  ...Object.fromEntries(rooms.map((room, index) => [room, rooms.slice(0, index)])),
  'core/': [],
  'launch/': [],
  'cli/': ['core/', 'launch/'],
  'mcp/': ['core/'],
  'hooks/': ['core/', 'launch/'],
  'extension/': ['core/'],
  // The pages of web views import only the messages that they exchange with the extension.
  'media/': ['extension/timeline/protocol.ts'],
};

export const importDirection = {
  meta: {
    type: 'problem',
    messages: {
      wrongDirection:
        '{{from}} may not import {{target}}: imports run extension | cli | mcp | hooks -> core, never back or sideways.',
      insideRoom: '{{target}} is inside a room: import it from {{index}}.',
      ownIndex: 'Inside its room, import the file itself: index.ts is for other rooms.',
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
      const messageId = findViolation(layer, file, specifier);
      if (messageId === undefined) return;
      const target = targetOf(file, specifier);
      context.report({ node, messageId, data: { from: layer, target, index: `${roomOf(target)}index.ts` } });
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

function findViolation(layer, file, specifier) {
  if (specifier === 'vscode') return layer === 'extension/' ? undefined : 'vscode';
  if (specifier === 'feature-backups') return 'self';
  if (!specifier.startsWith('.')) return undefined;
  const target = targetOf(file, specifier);
  if (target === 'package.json' && !layer.startsWith('core/')) return undefined;
  const isAllowed = [layer, ...layers[layer]].some(
    (allowed) => target === allowed || (allowed.endsWith('/') && target.startsWith(allowed)),
  );
  return isAllowed ? checkIndex(file, target) : 'wrongDirection';
}

function checkIndex(file, target) {
  const room = roomOf(target);
  if (room === undefined) return undefined;
  const isIndex = target === `${room}index.ts`;
  if (room === roomOf(file)) return isIndex ? 'ownIndex' : undefined;
  return isIndex ? undefined : 'insideRoom';
}

/** Undefined for a file outside the rooms of core, such as a front end's file or core/engine.ts. */
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
