import { realPorts, type Ports } from '../../core/system/ports.js';
import { interferingFiles, systemError, type FileCall } from './interferingFiles.js';

/** The errors with which a system refuses to read an existing file. */
export const READ_ERRORS = ['EACCES', 'EPERM', 'EBUSY', 'EMFILE', 'EIO'] as const;

/** The real ports, but opening a file fails with this code if `isRefused` returns true. */
export function portsThatRefuse(code: string, isRefused: (call: FileCall) => boolean): Ports {
  const files = interferingFiles((call) => {
    if (call.name === 'open' && isRefused(call)) throw systemError(code);
  });
  return { ...realPorts(), files };
}
