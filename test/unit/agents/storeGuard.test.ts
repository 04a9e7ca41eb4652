import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { mayDamageStore, storeDamageOf } from '../../../core/agents/storeGuard/storeGuard.js';

const PLACE = {
  root: '/w/shop',
  storePath: '/w/shop/.feature_backups',
  cwd: '/w/shop',
  home: '/home/me',
};

const call = (command: string) => ({ toolName: 'Bash', toolInput: { command } });

/** The store is in `/w/shop`, where the command runs. */
const BLOCKED: readonly string[] = [
  // rm
  'rm -rf .feature_backups',
  'rm -fr .feature_backups/',
  'rm -r -f ./.feature_backups',
  'rm --recursive --force .feature_backups',
  'rm .feature_backups -rf',
  'rm -rf -- .feature_backups',
  'rm -rf ".feature_backups"',
  "rm -rf './.feature_'backups",
  'rm -rf .feature\\_backups',
  'rm -rf /w/shop/.feature_backups',
  'rm -rf /w/shop',
  'rm -rf /w',
  'rm -rf ../shop',
  'rm -rf src/../.feature_backups',
  'rm -rf dist "$PWD/.feature_backups"',
  'rm -rf "$CLAUDE_PROJECT_DIR"/.feature_backups',
  'rm -rf .*',
  'rm -rf * .*',
  'rm -rf .f*',
  'rm -rf .[!.]*',
  'rm -rf .[a-z]*',
  'rm -rf .??*',
  'rm -rf {.,}*',
  'rm -rf {dist,.feature_backups}',
  'rm -rf ../*',
  'shopt -s dotglob; rm -rf *',
  'rm .feature_backups/features_12_20260101-120000_manual.db',
  'rm -f .feature_backups/*.db',
  'rm -rf .feature_backups/*',
  'rm -f .feature_backups/.lock',
  '/bin/rm -rf .feature_backups',
  '\\rm -rf .feature_backups',
  'unlink .feature_backups/.store-id',
  'shred -u .feature_backups/a.db',
  'trash .feature_backups',
  'npx -y rimraf .feature_backups',
  // git
  'git clean -fdx',
  'git clean -f -d -x',
  'git clean -dfX',
  'git clean -xdf .',
  'git clean -ffdx -e node_modules',
  'git clean -fdx --exclude=.env',
  'git clean -fdX -e .feature_backups',
  'git clean -fx .feature_backups',
  'git -C /w/shop clean -fdx',
  'git -c clean.requireForce=false clean -dx',
  'git stash -a',
  'git stash --all',
  'git stash push -a -m "before the rewrite"',
  'git stash save --all wip',
  'git stash push --all -- .feature_backups',
  'git worktree remove .',
  'git worktree remove --force /w/shop',
  'cd .. && git worktree remove shop',
  'git rm -rf .feature_backups',
  'git mv .feature_backups old',
  // find
  'find . -delete',
  'find .feature_backups -delete',
  'find .feature_backups -type f -delete',
  'find . -name "*.db" -delete',
  'find . -type f -mtime +7 -delete',
  'find . -name .feature_backups -exec rm -rf {} +',
  'find . -name ".feature*" -type d -exec rm -rf "{}" \\;',
  'find . -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {} +',
  'find . -path "./.feature_backups/*" -delete',
  'find / -name "*.db.gz" -exec sudo rm -f {} \\;',
  'find . \\( -name "*.log" -o -name "*.db" \\) -delete',
  'find . -iname "FEATURES_*" -print0 | xargs -0 rm -f',
  'find .feature_backups -type f | xargs rm',
  // mv, cp and writing
  'mv .feature_backups /tmp/old',
  'mv .feature_backups/a.db .',
  'mv -t /tmp .feature_backups',
  'mv /w/shop /w/shop-old',
  'mv /tmp/x.db .feature_backups/a.db',
  'cp features.db .feature_backups/a.db',
  'echo > .feature_backups/a.db',
  ': > .feature_backups/a.db',
  '> .feature_backups/a.db',
  'echo {} >| .feature_backups/a.json',
  'echo x >> .feature_backups/a.db',
  'sqlite3 features.db .dump &> .feature_backups/a.db',
  'make 2>.feature_backups/a.db',
  'echo {} | tee -a .feature_backups/a.json',
  'dd if=/dev/zero of=.feature_backups/a.db bs=1k count=1',
  'truncate -s 0 .feature_backups/a.db',
  'sed -i s/true/false/ .feature_backups/a.json',
  'gunzip .feature_backups/a.db.gz',
  'ln -sf /tmp/x .feature_backups/a.db',
  'rsync -a --delete /tmp/shop/ .',
  'rsync -a --delete ../other/ /w/shop/',
  'rsync -a --delete-after /tmp/shop /w',
  'rsync -a --delete --delete-excluded --exclude .feature_backups /tmp/shop/ ./',
  'rsync -av --del empty/ .feature_backups/',
  // in other commands
  'npm test && rm -rf .feature_backups',
  'npm test || rm -rf .feature_backups',
  'ls; rm -rf .feature_backups',
  'ls\nrm -rf .feature_backups\n',
  'ls & rm -rf .feature_backups',
  '(cd /tmp; ls); rm -rf .feature_backups',
  '(rm -rf .feature_backups)',
  '{ rm -rf .feature_backups; }',
  'if true; then rm -rf .feature_backups; fi',
  'while read -r x; do rm -rf .feature_backups; done',
  'for f in .feature_backups/*; do rm -f "$f"; done',
  'for d in dist .feature_backups; do rm -rf $d; done',
  'echo "$(rm -rf .feature_backups)"',
  'echo `rm -rf .feature_backups`',
  "bash -c 'rm -rf .feature_backups'",
  'sh -ec "cd /w && rm -rf shop"',
  'eval "rm -rf .feature_backups"',
  'bash <<EOF\nrm -rf .feature_backups\nEOF',
  'sudo rm -rf .feature_backups',
  'sudo -u root -- rm -rf .feature_backups',
  'env -i PATH=/bin rm -rf .feature_backups',
  'time rm -rf .feature_backups',
  'nice -n 10 timeout 5s rm -rf .feature_backups',
  'FORCE=1 rm -rf .feature_backups',
  '! rm -rf .feature_backups',
  'echo .feature_backups | xargs rm -rf',
  'ls -A | xargs rm -rf',
  'echo .feature_backups | xargs -I{} rm -rf {}',
  'xargs rm -rf .feature_backups < list.txt',
  'cd src && rm -rf ../.feature_backups',
  'cd /w && rm -rf shop',
  'cd .. && rm -rf *',
  'cd .feature_backups && rm -f *.db',
  'cd src; cd -; rm -rf .feature_backups',
  'pushd src; popd; rm -rf .feature_backups',
  'cd .feature_backups && git clean -fdx ..',
  'D=.feature_backups; rm -rf "$D"',
  'export D=/w/shop; rm -rf ${D}/.feature_backups',
  'rm -rf src # clean up\nrm -rf .feature_backups',
  'rm -rf \\\n  .feature_backups',
  'cat <<EOF > notes.md\ntext\nEOF\nrm -rf .feature_backups',
];

const ALLOWED: readonly string[] = [
  '',
  'rm -rf dist node_modules .next',
  'rm -rf *',
  'rm -rf ./*',
  'rm -rf "*"',
  'rm -rf ".*"',
  'rm -rf .',
  'rm -rf .git .cache',
  'rm -rf .feature_backups_old',
  'rm -rf old/.feature_backups',
  'rm -rf /tmp/shop/.feature_backups',
  'rm -rf ~/.cache',
  'rm -rf .n*',
  'rm -rf .[a-e]*',
  'rm -f .*',
  'rm .feature_backups',
  'rmdir .feature_backups',
  'rm -rf "$DIR"',
  'rm -rf "$DIR"/.feature_backups',
  'rm -rf $(cat list.txt)',
  'rm -rf /w/shopping',
  'rm -rf src/*',
  'rm features.db',
  'git clean -fd',
  'git clean -ndx',
  'git clean -fdx --dry-run',
  'git clean -fx',
  'git clean -fdx -e .feature_backups',
  'git clean -fdxe .feature_backups',
  "git clean -fdx -e '.feature*'",
  'git clean -fdx --exclude=.feature_backups/',
  'git clean -fdx -e /.feature_backups/',
  "git clean -fdx -e '.feature_backups/*'",
  'git clean -fdx src dist',
  "git clean -fdx -- . ':!.feature_backups'",
  'cd src && git clean -fdx',
  'git -C src clean -fdx',
  'git -C /tmp/other clean -fdx',
  'git stash',
  'git stash -u',
  'git stash push -m "a -a"',
  'git stash pop',
  'git stash list --all',
  'git stash push -a -- src',
  'git -C /tmp/other stash -a',
  'git worktree remove ../shop-feature',
  'git worktree remove /w/other',
  'git worktree add /w/shop2',
  'git worktree list',
  'git rm -r --cached .feature_backups',
  'git rm -rf src',
  'git checkout -- .',
  'git reset --hard',
  'git commit -m "rm -rf .feature_backups"',
  'git log -- .feature_backups',
  'find . -name "*.pyc" -delete',
  'find . -name node_modules -exec rm -rf {} +',
  'find . -name .feature_backups',
  'find src -delete',
  'find . -name "*.db" -print',
  'find . -not -path "*/.feature_backups/*" -type f -delete',
  'find . -path ./.feature_backups -prune -o -type f -exec rm {} +',
  'find . -maxdepth 1 -type f -delete',
  'find . -type d -empty -delete',
  'find . -newer mark -delete',
  'find . -user nobody -exec rm -rf {} +',
  'find . -name "*.db" -exec ls -l {} +',
  'find .feature_backups -name "*.db" | xargs ls -l',
  'find . -name "*.tmp" | xargs rm -f',
  'cp -r .feature_backups /tmp/copy',
  'cp .feature_backups/a.db features.db',
  'cp -r /tmp/copy .feature_backups',
  'mv dist old',
  'mv x .feature_backups_old',
  'ls -la .feature_backups',
  'cat .feature_backups/a.json',
  'cat < .feature_backups/a.json',
  'sqlite3 .feature_backups/a.db "SELECT 1"',
  'gunzip -c .feature_backups/a.db.gz > /tmp/a.db',
  'gzip -dk .feature_backups/a.db.gz',
  'sed -n 1p .feature_backups/a.json',
  'du -sh .feature_backups 2>/dev/null',
  'echo x > notes.md 2>&1',
  'echo x > "$DIR/.feature_backups/a.db"',
  'dd if=.feature_backups/a.db of=/tmp/a.db',
  'tee /tmp/log < .feature_backups/a.json',
  'rsync -a --delete .feature_backups/ /mnt/copy/',
  'rsync -a --delete ./ /mnt/shop/',
  'rsync -a --delete . user@host:/w/shop',
  'rsync -a /tmp/shop/ .',
  'rsync -an --delete /tmp/shop/ .',
  'rsync -a --delete --exclude=.feature_backups /tmp/shop/ .',
  "rsync -a --delete --exclude='.*' /tmp/shop/ .",
  'rsync -a --delete --filter="P .feature_backups" /tmp/shop/ .',
  'rsync -a --delete src dist/',
  'echo rm -rf .feature_backups',
  'echo "rm -rf .feature_backups"',
  'grep -rn "rm -rf .feature_backups" docs',
  "cat > clean.md <<'EOF'\nrm -rf .feature_backups\nEOF\n",
  "cat <<'EOF' | tee notes.md\n> .feature_backups/a.db\nEOF",
  '# rm -rf .feature_backups',
  'ls # rm -rf .feature_backups',
  'cd /tmp && rm -rf .feature_backups',
  'cd "$DIR" && rm -rf .feature_backups',
  'cd src && rm -rf .feature_backups',
  '(cd /w && ls) && rm -rf shop',
  'cd src && rm -rf .* ',
  'bash -c "ls .feature_backups"',
  'bash clean.sh .feature_backups',
  "sh -c 'echo rm -rf .feature_backups'",
  'echo dist | xargs rm -rf',
  'ls | xargs rm -rf',
  'xargs rm -rf < list.txt',
  'for f in src dist; do rm -rf "$f"; done',
  'D=dist; rm -rf "$D"',
  'D=$(mktemp -d); rm -rf "$D"',
  'npm run clean',
  "python3 -c 'print(1 > 0)'",
  '[[ a > b ]] && echo yes',
  'unfinished "quote',
  'unfinished $(rm',
  '((((',
  ')))) }',
  'cat <<EOF',
];

describe('the guard of the store', () => {
  for (const command of BLOCKED) {
    it(`stops ${JSON.stringify(command)}`, () => {
      assert.ok(mayDamageStore(call(command)), 'the first, cheap check');
      assert.match(storeDamageOf(call(command), PLACE) ?? '', /the backups in \/w\/shop\/\.feature_backups\. /);
    });
  }

  for (const command of ALLOWED) {
    it(`allows ${JSON.stringify(command)}`, () => {
      assert.equal(storeDamageOf(call(command), PLACE), undefined);
    });
  }

  it('explains how to exclude the backups', () => {
    const reason = (command: string) => storeDamageOf(call(command), PLACE) ?? '';
    assert.equal(
      reason('git clean -fdx'),
      'The command would delete the backups in /w/shop/.feature_backups. ' +
        'Exclude them: git clean -e .feature_backups -fdx. If this is intended, ask the user to do it.',
    );
    assert.match(reason('git stash -a'), /would move away .*git stash -u/);
    assert.match(reason('rsync -a --delete /tmp/a/ .'), /--exclude \.feature_backups/);
    assert.match(reason('> .feature_backups/a.db'), /would overwrite/);
  });

  it('guards a store in another place', () => {
    const outside = { ...PLACE, storePath: '/mnt/backups/shop-1' };
    const inside = { ...PLACE, storePath: '/w/shop/data/backups' };
    for (const command of ['rm -rf /mnt/backups/shop-1', 'rm -rf /mnt/backups/*', 'find /mnt -name "*.db" -delete'])
      assert.ok(storeDamageOf(call(command), outside) !== undefined, command);
    for (const command of ['git clean -fdx -e x', 'rm -rf .feature_backups', 'git clean -fdx'])
      assert.equal(storeDamageOf(call(command), outside), undefined, command);
    for (const command of ['rm -rf *', 'rm -rf data', 'git clean -fdx', 'git clean -fdx -e .feature_backups'])
      assert.ok(storeDamageOf(call(command), inside) !== undefined, command);
    for (const command of ['git clean -fdx -e backups', 'git clean -fdx -e data/backups', 'rm -rf .feature_backups'])
      assert.equal(storeDamageOf(call(command), inside), undefined, command);
  });

  it('stops a tool that writes a file of the store, and no other', () => {
    const write = (path: string, toolName = 'Write') =>
      storeDamageOf({ toolName, toolInput: { file_path: path } }, PLACE);
    for (const path of ['/w/shop/.feature_backups/a.json', '.feature_backups/.gitignore', 'src/../.feature_backups/x'])
      assert.match(write(path) ?? '', /would write to the backups/, path);
    assert.match(write('/w/shop/.feature_backups/a', 'MultiEdit') ?? '', /backups/);
    assert.match(
      storeDamageOf({ toolName: 'NotebookEdit', toolInput: { notebook_path: '.feature_backups/a' } }, PLACE) ?? '',
      /backups/,
    );
    for (const path of [
      '/w/shop/src/a.ts',
      '.feature-backups.json',
      '/tmp/.feature_backups/a',
      '.feature_backups',
      '*/a',
    ])
      assert.equal(write(path), undefined, path);
    assert.equal(write('.feature_backups/a', 'Read'), undefined);
  });

  it('terminates on hostile commands', () => {
    for (const text of ['{', '$(', '"', '`', '(', '<<E\n', '*a', '{a,b}', '\\', 'if ', '[', '-o ', '! '])
      storeDamageOf(call(`find . ${text.repeat(20_000)} -delete; rm -rf ${text.repeat(20_000)}`), PLACE);
  });
});
