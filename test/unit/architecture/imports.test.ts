import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const forbidden: readonly (readonly [file: string, target: string])[] = [
  ['cli/x.ts', '../mcp/y.js'],
  ['cli/x.ts', '../hooks/y.js'],
  ['cli/x.ts', '../extension/y.js'],
  ['mcp/x.ts', '../cli/y.js'],
  ['mcp/x.ts', '../hooks/y.js'],
  ['mcp/x.ts', '../extension/y.js'],
  ['hooks/x.ts', '../cli/y.js'],
  ['hooks/x.ts', '../mcp/y.js'],
  ['hooks/x.ts', '../extension/y.js'],
  ['extension/x.ts', '../cli/y.js'],
  ['extension/x.ts', '../mcp/y.js'],
  ['extension/tree/x.ts', '../../hooks/y.js'],
  ['extension/x.ts', '../media/timeline/y.js'],
  ['media/timeline/x.ts', '../../extension/main.js'],
  ['media/timeline/x.ts', '../../core/engine.js'],
  ['media/timeline/x.ts', 'vscode'],
  ['cli/x.ts', '../test/support/y.js'],
  ['cli/x.ts', '../scripts/y.js'],
  ['cli/x.ts', 'vscode'],
  ['mcp/x.ts', 'vscode'],
  ['hooks/x.ts', 'vscode'],
  ['core/engine.ts', 'vscode'],
  ['core/store/x.ts', 'vscode'],
  ['core/engine.ts', '../cli/y.js'],
  ['core/engine.ts', '../mcp/y.js'],
  ['core/engine.ts', '../hooks/y.js'],
  ['core/engine.ts', '../extension/y.js'],
  ['core/store/x.ts', '../../cli/y.js'],
  ['core/store/x.ts', '../engine.js'],
  ['core/snapshot/wal/x.ts', '../../engine.js'],
  ['core/agents/x.ts', '../../mcp/y.js'],
  ['core/system/errors.ts', '../project/index.js'],
  ['core/system/ports.ts', '../engine.js'],
  ['core/project/x.ts', '../snapshot/index.js'],
  ['core/snapshot/x.ts', '../database/index.js'],
  ['core/database/x.ts', '../projects/index.js'],
  ['core/projects/x.ts', '../store/index.js'],
  ['core/store/x.ts', '../live/index.js'],
  ['core/live/x.ts', '../history/index.js'],
  ['core/history/x.ts', '../retention/index.js'],
  ['core/retention/x.ts', '../backup/index.js'],
  ['core/backup/x.ts', '../restore/index.js'],
  ['core/restore/x.ts', '../verify/index.js'],
  ['core/verify/x.ts', '../replication/index.js'],
  ['core/replication/x.ts', '../git/index.js'],
  ['core/git/x.ts', '../agents/index.js'],
  ['core/agents/x.ts', '../schedule/index.js'],
  ['core/schedule/x.ts', '../health/index.js'],
  ['core/health/x.ts', '../notify/index.js'],
  ['core/notify/x.ts', '../followUp/index.js'],
  ['core/followUp/x.ts', '../watch/index.js'],
  ['core/watch/x.ts', '../service/index.js'],
  ['core/service/x.ts', '../setup/index.js'],
  ['core/setup/x.ts', '../doctor/index.js'],
];

const allowed: readonly (readonly [file: string, target: string])[] = [
  ['cli/x.ts', '../core/engine.js'],
  ['cli/commands/x.ts', '../output/y.js'],
  ['mcp/x.ts', '../core/engine.js'],
  ['hooks/x.ts', '../core/engine.js'],
  ['extension/x.ts', '../core/engine.js'],
  ['extension/x.ts', 'vscode'],
  ['media/timeline/x.ts', '../../extension/timeline/protocol.js'],
  ['core/engine.ts', './store/index.js'],
  ['core/store/x.ts', '../snapshot/index.js'],
  ['core/backup/x.ts', '../store/index.js'],
  ['core/project/x.ts', './y.js'],
  ['core/agents/x.ts', '../project/index.js'],
  ['core/health/x.ts', '../replication/index.js'],
  ['core/watch/x.ts', '../schedule/index.js'],
  ['core/system/files/x.ts', '../errors.js'],
  ['core/snapshot/x.ts', 'node:path'],
];

const insideRooms: readonly (readonly [file: string, target: string])[] = [
  ['core/backup/x.ts', '../store/y.js'],
  ['core/backup/x.ts', '../system/files/y.js'],
  ['core/engine.ts', './store/y.js'],
  ['core/engine/x.ts', '../store/y.js'],
  ['cli/commands/x.ts', '../../core/store/y.js'],
  ['mcp/x.ts', '../core/git/install/y.js'],
  ['core/store/x.ts', './index.js'],
];

describe('import directions', () => {
  for (const [file, target] of forbidden) {
    it(`makes an import of ${target} in ${file} an error`, async () => {
      assert.deepEqual(await violations(file, `import { y } from '${target}';\nexport const x = y;\n`), [
        'layers/import-direction',
      ]);
    });
  }

  for (const [file, target] of insideRooms) {
    it(`makes ${file} use the index.ts of the room that contains ${target}`, async () => {
      assert.deepEqual(await violations(file, `import { y } from '${target}';\nexport const x = y;\n`), [
        'layers/import-direction',
      ]);
    });
  }

  for (const [file, target] of allowed) {
    it(`lets ${file} import ${target}`, async () => {
      assert.deepEqual(await violations(file, `import { y } from '${target}';\nexport const x = y;\n`), []);
    });
  }

  const importForms = {
    'a dynamic import': "export const x = import('../store/index.js');\n",
    'a re-export': "export { y } from '../store/y.js';\n",
    'a re-export of everything': "export * from '../store/y.js';\n",
    'an import type': "export type X = import('../store/y.js').Y;\n",
    'a type-only import': "import type { Y } from '../store/y.js';\nexport type X = Y;\n",
    'a require': "export const x = require('../store/index.js');\n",
    'an import after a comment that disables the rule':
      "// eslint-disable-next-line layers/import-direction\nexport { y } from '../store/y.js';\n",
    'an import through a redundant path': "export { y } from '../../core/snapshot/../store/y.js';\n",
  };
  for (const [form, code] of Object.entries(importForms)) {
    it(`detects ${form} as well`, async () => {
      assert.ok((await violations('core/snapshot/x.ts', code)).includes('layers/import-direction'));
    });
  }
});

describe('the other rules on source files', () => {
  it('refuses a default export', async () => {
    assert.deepEqual(await violations('core/system/x.ts', 'export default 1;\n'), ['no-restricted-syntax']);
    assert.deepEqual(await violations('cli/x.ts', 'const x = 1;\nexport { x as default };\n'), [
      'no-restricted-syntax',
    ]);
  });

  it('refuses a test that accepts any error, or ignores one', async () => {
    const codes = ['assert.throws(f);', 'void assert.rejects(f());', 'void f().catch(() => undefined);'];
    for (const code of codes) {
      assert.deepEqual(await violations('test/unit/x.test.ts', `${code}\n`), ['no-restricted-syntax'], code);
    }
    const good = "assert.throws(f, /why/);\nvoid assert.rejects(f(), { code: 'io' });\nvoid f().catch(String);\n";
    assert.deepEqual(await violations('test/unit/x.test.ts', good), []);
  });

  it('refuses printing and the command line in core', async () => {
    assert.deepEqual(await violations('core/system/x.ts', "console.log('x');\nexport const x = process.argv;\n"), [
      'no-console',
      'no-restricted-properties',
    ]);
    assert.deepEqual(await violations('cli/x.ts', "console.log('x');\nexport const x = process.argv;\n"), []);
  });

  it('refuses a source file of more than 300 lines of code', async () => {
    const lines = (count: number): string =>
      Array.from({ length: count }, (_, index) => `// why\nexport const x${index} = ${index};\n`).join('');
    assert.deepEqual(await violations('mcp/x.ts', lines(300)), []);
    assert.deepEqual(await violations('mcp/x.ts', lines(301)), ['max-lines']);
  });
});

// The repository's own configuration without the rules that need types: these fictitious files are in no TypeScript
// project.
const linter = new ESLint({
  cwd: root,
  overrideConfig: [
    { files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked },
    { files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: false } } },
  ],
});

async function violations(file: string, code: string): Promise<(string | null)[]> {
  const results = await linter.lintText(code, { filePath: `${root}${file}` });
  return results.flatMap((result) =>
    result.messages.filter(({ severity }) => severity === 2).map(({ ruleId }) => ruleId),
  );
}
