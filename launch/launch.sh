#!/bin/sh
# Runs a program of Feature Backups with a Node.js that is new enough:
#   launch.sh NODE PROGRAM [ARGUMENTS]
# NODE is the one recorded when this was set up. If an upgrade has removed it, or it is too old, others are tried. Without
# any, a hook lets its tool run and a tap starts its server unprotected, unless they are strict.

here=${0%/*}
. "$here/findNode.sh" # included by the build

node=$1
program=$2
shift 2

main() {
  # NODE_OPTIONS is for the user's own programs: a preload can be missing, or print into the protocol. The tap passes
  # it to the server.
  if [ -n "${NODE_OPTIONS-}" ]; then
    export FEATURE_BACKUPS_NODE_OPTIONS="$NODE_OPTIONS"
    unset NODE_OPTIONS
  fi
  with_node start "$@"
  say 'Node.js 20.19 or later was not found'
  case ${1-} in
    hook) end_hook "$@" ;;
    tap) start_server "$@" ;;
  esac
  exit 1
}

start() {
  case $(ELECTRON_RUN_AS_NODE=1 "$node" --version 2> /dev/null < /dev/null) in
    v20.19.* | v20.[2-9][0-9].* | v2[1-9].* | v[3-9][0-9].* | v[1-9][0-9][0-9].*) ;;
    *) return $TOO_OLD ;;
  esac
  case ${node##*/} in
    node | node.exe) ;;
    *) export ELECTRON_RUN_AS_NODE=1 ;; # makes VS Code's runtime a plain node
  esac
  exec "$node" "$program" "$@"
}

# Some clients deny the tool for any other status than 0; Claude Code denies it for 2.
end_hook() {
  is_strict || case " $* " in *' --strict '*) ;; *) exit 0 ;; esac
  say 'The tool was not run, because no backup could be made. Ask the user to install Node.js.'
  exit 2
}

is_strict() {
  case ${FEATURE_BACKUPS_STRICT-} in 1 | true) ;; *) return 1 ;; esac
}

# tap [OPTIONS] -- COMMAND [ARGUMENTS]
start_server() {
  ! is_strict || exit 1
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    case $1 in block | --on-failure=block) exit 1 ;; esac
    shift
  done
  [ $# -gt 1 ] || exit 1
  shift
  say 'the server starts without backups'
  if [ -n "${FEATURE_BACKUPS_NODE_OPTIONS-}" ]; then
    export NODE_OPTIONS="$FEATURE_BACKUPS_NODE_OPTIONS"
    unset FEATURE_BACKUPS_NODE_OPTIONS
  fi
  exec "$@"
}

say() {
  printf 'feature-backups: %s\n' "$1" >&2
}

main "$@"
