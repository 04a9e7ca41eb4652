// mocha's spec reporter, which also writes the counts to a file, for scripts/test.mjs.
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(options.reporterOptions.resultFile, JSON.stringify({ passes, failures, pending }));
    });
  }
}

module.exports = CountingReporter;
