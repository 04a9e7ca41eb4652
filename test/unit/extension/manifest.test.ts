import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AUTOFORGE_DATABASE_PATHS } from '../../../core/project/findProject.js';
import { ALL_PROJECTS_KEYS, COMMANDS, CONTEXT_KEYS, SETTINGS, VIEWS } from '../../../extension/contributions.js';
import { backupRow } from '../../../extension/model/backupRow.js';
import { projectRow } from '../../../extension/model/projectRow.js';
import { backup, NOW } from './sampleState.js';
import { COPIED, surveyed } from './sampleSurvey.js';

interface Manifest {
  readonly engines: { readonly vscode: string };
  readonly activationEvents: readonly string[];
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly category: string; readonly title: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string }[]>>;
    readonly keybindings: readonly { readonly command: string; readonly when: string }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string; readonly when: string }[];
    readonly configuration: {
      readonly properties: Readonly<Record<string, { readonly type: string; readonly default: unknown }>>;
    };
    readonly walkthroughs: readonly {
      readonly steps: readonly { readonly description: string; readonly media: Readonly<Record<string, string>> }[];
    }[];
  };
}

const root = join(import.meta.dirname, '../../..');
const text = readFileSync(join(root, 'package.json'), 'utf8');
const manifest = JSON.parse(text) as Manifest;
const nls = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8')) as Readonly<Record<string, string>>;
const { contributes } = manifest;
const ids: ReadonlySet<string> = new Set(Object.values(COMMANDS));

describe('package.json and the extension’s code', () => {
  it('name the same commands, each in the same category', () => {
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), [...ids].sort());
    assert.ok(contributes.commands.every(({ category }) => category === 'Feature Backups'));
  });

  it('defines every command once', () => {
    const folder = join(root, 'extension/commands');
    const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    for (const name of Object.keys(COMMANDS)) {
      assert.equal(sources.join('\n').split(`  name: '${name}',\n`).length - 1, 1, name);
    }
  });

  it('name the same settings, of the same type and default', () => {
    const written = Object.entries(contributes.configuration.properties).map(([name, property]) => [
      name.replace('featureBackups.', ''),
      property.type,
      property.default,
    ]);
    assert.deepEqual(
      written.sort(),
      Object.entries(SETTINGS)
        .map(([name, byDefault]) => [name, typeof byDefault, byDefault])
        .sort(),
    );
  });

  it('read every setting', () => {
    const source = sourcesExcept('contributions.ts');
    for (const name of Object.keys(SETTINGS)) {
      assert.ok(source.includes(`'${name}'`), `${name} is declared and never read`);
    }
  });

  it('use only existing commands in menus, key bindings, welcome texts and the walkthrough', () => {
    const used = [
      ...Object.values(contributes.menus).flat(),
      ...contributes.keybindings,
      ...[
        ...Object.values(nls)
          .join('\n')
          .matchAll(/\(command:(featureBackups\.\w+)\)/g),
      ].map(([, command]) => ({ command })),
    ];
    assert.deepEqual(
      used.map(({ command }) => command ?? '').filter((command) => !ids.has(command)),
      [],
    );
  });

  it('use the views that the code fills', () => {
    assert.deepEqual(
      contributes.views[VIEWS.container]?.map(({ id }) => id),
      VIEW_IDS,
    );
    assert.ok(contributes.viewsWelcome.every(({ view }) => VIEW_IDS.includes(view)));
  });

  it('use only context keys and values that the code sets in `when` clauses', () => {
    const all = clauses();
    assert.ok(all.length > 50 && all.some((clause) => clause.includes('=~')));
    for (const clause of all) {
      const { keys, patterns, rest } = readWhen(clause);
      assert.deepEqual(
        keys.filter((key) => !KNOWN_KEYS.has(key)),
        [],
        clause,
      );
      assert.equal(rest, '', `unsupported: ${clause}`);
      for (const { key, pattern } of patterns) {
        const values = key === 'viewItem' ? viewItems() : VIEW_STATES[CONTEXT_KEYS.state];
        assert.ok(
          values.some((value) => pattern.test(value)),
          `nothing matches ${String(pattern)}`,
        );
      }
    }
  });

  it('have a text for every placeholder, and no unused texts', () => {
    const placeholders = [...text.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key ?? '');
    assert.deepEqual([...new Set(placeholders)].sort(), Object.keys(nls).sort());
  });

  it('list every string of the code for translation', () => {
    execFileSync(process.execPath, [join(root, 'scripts/collectStrings.mjs'), '--check'], { stdio: 'inherit' });
  });

  it('use existing pictures in the walkthrough', () => {
    const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
    assert.ok(steps.length > 0);
    for (const { media } of steps) {
      const path = media.image ?? media.svg ?? media.markdown ?? '';
      assert.ok(existsSync(join(root, path)), path);
    }
  });

  it('activate only in workspaces with a database', () => {
    for (const place of AUTOFORGE_DATABASE_PATHS) {
      assert.ok(manifest.activationEvents.includes(`workspaceContains:${place}`), place);
    }
    assert.ok(!manifest.activationEvents.includes('*'));
  });

  it('are compiled against the required VS Code version', () => {
    const version = (range: string | undefined): string | undefined => /\d+\.\d+/.exec(range ?? '')?.[0];
    assert.equal(version(manifest.engines.vscode), version(manifest.devDependencies['@types/vscode']));
  });
});

const VIEW_IDS: readonly string[] = [VIEWS.backups, VIEWS.allProjects];

const VIEW_STATES = {
  [CONTEXT_KEYS.state]: ['loading', 'noFolder', 'noDatabase', 'noBackups', 'listed'],
  [ALL_PROJECTS_KEYS.state]: ['loading', 'none', 'failed', 'listed'],
} as const;

const KNOWN_KEYS: ReadonlySet<string> = new Set([
  ...Object.values(CONTEXT_KEYS),
  ...Object.values(ALL_PROJECTS_KEYS),
  ...[
    'view',
    'viewItem',
    'focusedView',
    'inputFocus',
    'isWorkspaceTrusted',
    'listMultiSelection',
    'listDoubleSelection',
  ],
]);

function clauses(): readonly string[] {
  const all = [...Object.values(contributes.menus).flat(), ...contributes.keybindings, ...contributes.viewsWelcome];
  return all.map(({ when }) => when).filter((when) => when !== undefined);
}

/** The supported forms of clauses: `key`, `!key`, `key == value`, `key != 'value'`, `key =~ /pattern/`, joined by &&. */
function readWhen(clause: string) {
  const keys: string[] = [];
  const patterns: { readonly key: string; readonly pattern: RegExp }[] = [];
  const rest: string[] = [];
  for (const term of clause.split(' && ')) {
    const match = /^(!)?([\w.]+)(?: (==|!=|=~) (\S.*))?$/.exec(term);
    if (match === null) {
      rest.push(term);
      continue;
    }
    const [, , key = '', operator, value = ''] = match;
    keys.push(key);
    if (operator === '=~') patterns.push({ key, pattern: new RegExp(value.slice(1, -1)) });
    if (key === 'view' || key === 'focusedView') assert.ok(VIEW_IDS.includes(value), clause);
    if ((key === CONTEXT_KEYS.state || key === ALL_PROJECTS_KEYS.state) && operator !== '=~') {
      const states: readonly string[] = VIEW_STATES[key];
      assert.ok(states.includes(value.replaceAll("'", '')), clause);
    }
  }
  return { keys, patterns, rest: rest.join() };
}

/** The `contextValue`s that rows have. */
function viewItems(): readonly string[] {
  const treeItem = readFileSync(join(root, 'extension/tree/treeItem.ts'), 'utf8');
  const rows = readFileSync(join(root, 'extension/model/projectRow.ts'), 'utf8');
  const literals = [...`${treeItem}${rows}`.matchAll(/'(\w+)'/g)].map(([, literal]) => literal ?? '');
  const backups = [backup(), backup({ meta: { pinned: true } }), backup({ kind: 'emergency', content: 'raw' })];
  const deleted = surveyed({ known: { status: 'gone' }, vaultCount: 1 });
  const projects = [surveyed({ targets: [COPIED] }), deleted].map((each) => projectRow(each, NOW).contextValue);
  return [...literals, ...projects, ...backups.map((each) => backupRow(each).contextValue)];
}

function sourcesExcept(declaring: string): string {
  const names = readdirSync(join(root, 'extension'), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts') && name !== declaring)
    .map((name) => readFileSync(join(root, 'extension', name), 'utf8').replaceAll('"', "'"))
    .join('\n');
}
