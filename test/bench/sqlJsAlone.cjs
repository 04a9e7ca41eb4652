// What a process cannot do without that lets sql.js check a database: `node sqlJsAlone.cjs FILE`. No snapshot, no store, no
// sync, not even a hash; with the flags and the compilation hints of the real program.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');

const dist = join(__dirname, '../../dist');
const initialise = require(join(dist, 'sql-js.cjs'));
if (process.versions.node.startsWith('20.')) {
  for (const flag of [
    '--no-wasm-tier-up',
    '--no-wasm-dynamic-tiering',
    '--wasm-lazy-validation',
    '--experimental-wasm-compilation-hints',
    '--no-wasm-lazy-compilation',
  ]) {
    setFlagsFromString(flag);
  }
}
const module_ = new WebAssembly.Module(readFileSync(join(dist, 'sql-wasm.wasm')));
void initialise({
  instantiateWasm(imports, receive) {
    const instance = new WebAssembly.Instance(module_, imports);
    receive(instance);
    return instance.exports;
  },
}).then((sqlJs) => {
  const database = new sqlJs.Database(readFileSync(process.argv[2]));
  const [{ values }] = database.exec('PRAGMA integrity_check(1)');
  if (values[0][0] !== 'ok') throw new Error(String(values[0][0]));
  database.exec('SELECT count(*), count(CASE WHEN passes THEN 1 END) FROM features');
  database.close();
});
