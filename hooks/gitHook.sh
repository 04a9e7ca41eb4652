#!/bin/sh
# Feature Backups in git: backs up the feature database before a commit, and links the backup to the commit afterwards.
#   gitHook.sh pre-commit|pre-merge-commit|post-commit|post-merge|post-rewrite [arguments from git]
# `feature-backups install git` copies this file into the repository's git folder, with `settings` beside it. A failure
# prints one line; it stops the commit only if the configuration is strict.

[ "${FEATURE_BACKUPS-}" != 0 ] && [ "${HUSKY-}" != 0 ] || exit 0

STRICT_STOP=79 # the program's status for stopping the commit; a crash has a different one
hook=${1-}
[ $# -eq 0 ] || shift

# A clone of Feature Backups itself has no settings: it uses its own build, and any node.
here=${0%/*}
program=$here/../dist/git-hook.cjs
node=
[ ! -f "$here/settings" ] || . "$here/settings"
. "$here/../launch/findNode.sh" # included by the build

main() {
  remove_relative_folders
  case $hook in
    pre-commit | pre-merge-commit) back_up ;;
    post-commit) link_commit ;;
    # A squash merge has not made a commit yet.
    post-merge) [ "${1-}" = 1 ] || link_commit ;;
    post-rewrite) follow_rewrite "${1-}" ;;
    *) say "unknown git hook '$hook'" ;;
  esac
}

# Husky puts node_modules/.bin first in PATH, but programs in the work tree are not trusted.
remove_relative_folders() {
  case ${PATH-} in *\;*) return ;; esac # a shell with Windows paths
  absolute=
  rest=${PATH-}:
  while [ -n "$rest" ]; do
    case $rest in /*) absolute=${absolute:+$absolute:}${rest%%:*} ;; esac
    rest=${rest#*:}
  done
  PATH=${absolute:-/usr/bin:/bin}
}

back_up() {
  find_program || return 0
  with_node run "$hook"
  status=$?
  case $status in
    0) ;;
    "$STRICT_STOP") exit 1 ;;
    "$NO_NODE") say 'Node.js 20.19 or later was not found, so no backup was made' ;;
    *) say "$node exited with status $status; the commit continues without a backup" ;;
  esac
}

# Adds the commit's id to the line that the pre-commit hook left; `write_links` then writes it into the metadata.
link_commit() {
  folder=${GIT_DIR:-.git}
  [ -d "$folder" ] || folder=$(git rev-parse --git-dir) || return 0
  pending=$folder/feature-backups/pending
  [ -s "$pending" ] || return 0
  IFS= read -r backups < "$pending" || return 0
  find_commit "$folder" || return 0
  : > "$pending"
  find_inbox || return 0
  printf 'commit %s %s\n' "$commit" "$backups" >> "$inbox/inbox"
  write_links
}

# Reads the files, because starting git takes longer than the rest; asks git if its refs are stored differently.
find_commit() {
  commit=
  [ ! -f "$1/HEAD" ] || IFS= read -r commit < "$1/HEAD" || :
  case $commit in
    'ref: refs/'*)
      ref=$1/${commit#ref: }
      commit=
      [ ! -f "$ref" ] || IFS= read -r commit < "$ref" || :
      ;;
  esac
  case $commit in
    '' | *[!0-9a-f]*) commit=$(git rev-parse HEAD) ;;
  esac
}

follow_rewrite() {
  find_inbox || return 0
  # No backup was ever linked to a commit.
  [ -s "$inbox/stores" ] || [ -s "$inbox/inbox" ] || return 0
  rewritten=$(rewritten_in_files "$1") || :
  [ -n "$rewritten" ] || [ -t 0 ] || rewritten=$(cat)
  printf '%s\n' "$rewritten" | while read -r old new _; do
    [ -z "$new" ] || printf 'rewrite %s %s %s\n' "$1" "$old" "$new"
  done >> "$inbox/inbox"
  write_links
}

# Git's own files contain the same as its input, which some hook managers do not pass on, and others leave open.
rewritten_in_files() {
  if [ "$1" = amend ]; then
    old=$(git rev-parse --quiet --verify 'HEAD@{1}') && printf '%s %s\n' "$old" "$(git rev-parse HEAD)"
    return
  fi
  for list in rebase-merge/rewritten-list rebase-apply/rewritten; do
    list=$(git rev-parse --git-path "$list")
    [ ! -f "$list" ] || cat "$list"
  done
}

find_inbox() {
  inbox=$here
  [ -f "$here/settings" ] || inbox=$(git rev-parse --git-common-dir)/feature-backups
  [ -d "$inbox" ]
}

# Runs in the background, because the commit is already made. The next reader completes an interrupted run.
write_links() {
  (
    unset $(git rev-parse --local-env-vars)
    find_program && with_node run settle "$inbox"
  ) < /dev/null > /dev/null 2>&1 &
}

# NODE_OPTIONS is for the user's own programs; ELECTRON_RUN_AS_NODE makes VS Code's runtime a plain node.
# Reading extra certificates can take longer than a backup, which does not use the network. The follow-up process uses
# the network and gets them back.
run() {
  (
    unset NODE_OPTIONS
    if [ -n "${NODE_EXTRA_CA_CERTS-}" ]; then
      export FEATURE_BACKUPS_CA_CERTS="$NODE_EXTRA_CA_CERTS"
      unset NODE_EXTRA_CA_CERTS
    fi
    ELECTRON_RUN_AS_NODE=1 exec "$node" "$program" "$@"
  )
}

find_program() {
  [ ! -f "$program" ] || return 0
  for program in "${HOME-}"/.vscode*/extensions/*feature-backups-*/dist/git-hook.cjs; do
    [ ! -f "$program" ] || return 0
  done
  say "the program is missing, so no backup was made; reinstall it, or remove the hooks: feature-backups uninstall git"
  return 1
}

say() {
  printf 'feature-backups: %s\n' "$1" >&2
}

main "$@"
