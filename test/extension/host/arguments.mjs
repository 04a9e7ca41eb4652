// The part of the desktop's command line that runTests() uses.
import { resolve } from 'node:path';

const withValue = new Set(['extensionDevelopmentPath', 'extensionTestsPath', 'user-data-dir', 'extensions-dir']);

export function parseArguments(argv) {
  const parsed = {};
  for (let index = 0; index < argv.length; index++) {
    const flag = /^--([\w-]+)(?:=(.*))?$/s.exec(argv[index]);
    if (flag === null) {
      if (argv[index] !== '') parsed.folder = resolve(argv[index]);
      continue;
    }
    const [, name, inline] = flag;
    const value = inline ?? (withValue.has(name) ? argv[++index] : undefined);
    if (name === 'extensionDevelopmentPath') parsed.extension = value;
    else if (name === 'extensionTestsPath') parsed.tests = value;
    else if (name === 'user-data-dir') parsed.userData = resolve(value);
    else if (name === 'extensions-dir') parsed.extensionsFolder = resolve(value);
    // The others (--no-sandbox, --disable-gpu …) mean something to the desktop alone.
  }
  return parsed;
}
