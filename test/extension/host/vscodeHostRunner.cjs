// Runs inside the extension host in place of the real tests. It sends what they print to the launcher, unmixed with the
// workbench's own log, and leaves a result file: a host that crashes is otherwise taken for one that succeeded.
const fs = require('node:fs');
const path = require('node:path');
const util = require('node:util');

const folder = process.env.VSCODE_HOST_RUN_FOLDER;
const tests = process.env.VSCODE_HOST_TESTS;

exports.run = async () => {
  const output = fs.openSync(path.join(folder, 'output.jsonl'), 'a');
  const put = (stream, text) => fs.writeSync(output, `${JSON.stringify([stream, text])}\n`);
  redirectConsole(put);
  redirectStreams(put);
  let result = { code: 0 };
  try {
    await require(tests).run();
  } catch (error) {
    put('err', `${error?.stack ?? error}\n`);
    result = { code: 1, error: String(error?.message ?? error) };
  }
  fs.writeFileSync(path.join(folder, 'result.json'), JSON.stringify(result));
  if (result.code !== 0) throw new Error(result.error);
};

/** The methods of VS Code's console cannot be reassigned, but the console object can be replaced. */
function redirectConsole(put) {
  const own = Object.create(console);
  const streams = { log: 'out', info: 'out', debug: 'out', warn: 'err', error: 'err', trace: 'err' };
  for (const [method, stream] of Object.entries(streams)) {
    const value = (...words) => put(stream, `${util.format(...words)}\n`);
    Object.defineProperty(own, method, { value, writable: true, configurable: true });
  }
  globalThis.console = own;
}

function redirectStreams(put) {
  for (const [name, stream] of [
    ['stdout', 'out'],
    ['stderr', 'err'],
  ]) {
    process[name].write = (data, encoding, callback) => {
      put(stream, Buffer.from(data).toString());
      (typeof encoding === 'function' ? encoding : callback)?.();
      return true;
    };
  }
}
