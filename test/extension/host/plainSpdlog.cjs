// Takes the place of @vscode/spdlog in the VS Code for the tests, whose native part would need a compiler. Output
// channels read the files that it writes.
const { appendFileSync, mkdirSync } = require('node:fs');
const { dirname } = require('node:path');

class Logger {
  constructor(_type, _name, path) {
    this.path = path;
    this.level = 2;
  }
  write(message) {
    try {
      appendFileSync(this.path, message);
    } catch {
      // The folder of the log may already be deleted.
    }
  }
  getLevel() {
    return this.level;
  }
  setLevel(level) {
    this.level = level;
  }
  setPattern() {}
  clearFormatters() {}
  flush() {}
  drop() {}
}
for (const method of ['trace', 'debug', 'info', 'warn', 'error', 'critical']) {
  Logger.prototype[method] = Logger.prototype.write;
}

async function createRotatingLogger(name, path) {
  mkdirSync(dirname(path), { recursive: true });
  return new Logger('rotating', name, path);
}

// One by one: VS Code imports this as an ES module, whose names are found by reading the text.
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = createRotatingLogger;
exports.createAsyncRotatingLogger = createRotatingLogger;
