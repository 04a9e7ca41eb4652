# Shared by gitHook.sh and launch.sh; the build inserts it in place of the line that includes it.

TOO_OLD=78 # the status of a program for which $node is too old
NO_NODE=77

# Calls "$@" with each Node.js in $node until one is new enough and can be run: first the recorded one, then those on PATH,
# then the usual places, because graphical programs have a minimal PATH. Returns the status of "$@", or NO_NODE.
with_node() {
  try_node "$node" "$@" || return $status
  other_folders=${PATH-}:
  case $other_folders in
    *\;*) # a shell with Windows paths
      try_node "$(command -v node)" "$@" || return $status
      other_folders=
      ;;
  esac
  while [ -n "$other_folders" ]; do
    other_folder=${other_folders%%:*}
    other_folders=${other_folders#*:}
    case $other_folder in /*) try_node "$other_folder/node" "$@" || return $status ;; esac
  done
  home=${HOME-}
  for other_node in \
    /usr/local/bin/node /opt/homebrew/bin/node /usr/bin/node /opt/local/bin/node /snap/bin/node \
    /home/linuxbrew/.linuxbrew/bin/node \
    "$home"/.nvm/versions/node/v[2-9][0-9].*/bin/node \
    "$home"/.local/share/fnm/aliases/default/bin/node "$home"/.fnm/aliases/default/bin/node \
    "$home"/.local/share/fnm/node-versions/v[2-9][0-9].*/installation/bin/node \
    "$home"/.volta/bin/node "$home"/.local/share/mise/installs/node/[2-9][0-9]*/bin/node \
    "$home"/.local/bin/node '/c/Program Files/nodejs/node.exe' \
    "$home"/.vscode-server/bin/*/node "$home"/.vscode-server/cli/servers/*/server/node \
    '/Applications/Visual Studio Code.app/Contents/MacOS/Electron' \
    '/Applications/Visual Studio Code.app/Contents/MacOS/Code' \
    /usr/share/code/code /snap/code/current/usr/share/code/code /usr/share/codium/codium /opt/visual-studio-code/code \
    "${LOCALAPPDATA-}/Programs/Microsoft VS Code/Code.exe"; do
    try_node "$other_node" "$@" || return $status
  done
  return $NO_NODE
}

# Succeeds if another Node.js should be tried: this one is missing, too old, or cannot be run on this system.
try_node() {
  [ -f "$1" ] && [ -x "$1" ] || return 0
  node=$1
  shift
  "$@"
  status=$?
  case $status in
    "$TOO_OLD" | 126 | 127) ;;
    *) return 1 ;;
  esac
}
