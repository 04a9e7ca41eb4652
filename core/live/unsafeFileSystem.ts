import { liveDatabasePath, type Project } from '../project/index.js';
import type { Ports } from '../system/index.js';

/**
 * The type of the file system with the live database, if SQLite's WAL mode is unsafe on it: the index of the log is
 * shared memory, which processes on two computers, or on both sides of a virtual machine, do not have in common. See
 * https://www.sqlite.org/wal.html. Undefined if it is safe or unknown.
 */
export function unsafeFileSystem(
  project: Project,
  ports: Ports,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  try {
    const path = ports.files.realpathSync(liveDatabasePath(project, ports));
    if (platform === 'win32') return UNC_PATH.test(path) ? 'network' : undefined;
    // macOS has no list of mounts to read.
    if (platform !== 'linux') return undefined;
    const type = fileSystemOf(path, ports.files.readFileSync(MOUNTS, 'utf8'));
    return type !== undefined && UNSAFE.test(type) ? type : undefined;
  } catch {
    // This is only advice. Other checks report an unreadable database.
    return undefined;
  }
}

/** `\\server\share`, but not `\\?\C:\` and `\\.\`. */
const UNC_PATH = /^\\\\(?:[^?.]|\?\\UNC\\)/i;

/** `fuseblk` is a local disk. */
const UNSAFE =
  /^(?:9p|virtiofs|fuse(?:\..*)?|fakeowner|nfs\d?|cifs|smb\d?|smbfs|afs|ceph|glusterfs|lustre|vboxsf|vmhgfs|prl_fs|drvfs)$/;

const MOUNTS = '/proc/self/mountinfo';

/** From the list of mounts, see proc_pid_mountinfo(5). A later mount of the same folder hides the earlier one. */
function fileSystemOf(path: string, mounts: string): string | undefined {
  let best: { readonly place: string; readonly type: string } | undefined;
  for (const line of mounts.split('\n')) {
    const [mount = '', type] = line
      .split(' - ')
      .map((part) => part.split(' '))
      .map((fields, index) => fields[index === 0 ? 4 : 0]);
    const place = mount.replace(/\\(\d{3})/g, (_match, octal: string) => String.fromCharCode(parseInt(octal, 8)));
    const isAbove = place === '/' || path === place || path.startsWith(`${place}/`);
    if (type !== undefined && place !== '' && isAbove && place.length >= (best?.place.length ?? 0))
      best = { place, type };
  }
  return best?.type;
}
