// mocha's spec reporter, which also writes the counts and the slowest tests to a file, for scripts/test.mjs.
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const tests = [];
    runner.on(Runner.constants.EVENT_TEST_PASS, (test) => {
      tests.push({ title: test.fullTitle(), seconds: test.duration / 1000 });
    });
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const slowest = tests.sort((a, b) => b.seconds - a.seconds).slice(0, 10);
      writeFileSync(options.reporterOptions.resultFile, JSON.stringify({ passes, failures, pending, slowest }));
    });
  }
}

module.exports = CountingReporter;
