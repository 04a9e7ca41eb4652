import assert from 'node:assert/strict';
import { openImage, canReadLazily } from '../../../core/database/openImage.js';
import { loadSqlEngine, type LazyBytes, type SqlEngine } from '../../../core/database/sqlEngine.js';
import { inspectImage } from '../../../core/database/imageOperations.js';
import { fixtureImage } from '../../support/madeImage.js';

describe('opening an image', () => {
  it('reads pages directly from the image, without a copy', async () => {
    const image = Buffer.from(fixtureImage('2-after-200-passing'));
    const engine = await loadSqlEngine();
    const open = openImage(engine, image, { deadline: Infinity });
    assert.equal(open.firstRow('SELECT count(*) FROM features')?.[0], 598);
    assert.equal(canReadLazily(engine), true);
    // A change of the image is visible unless the page is cached, so the reader reads the image itself.
    image.fill(0, 4096 * 90);
    assert.throws(() => [...open.rows('SELECT * FROM features NOT INDEXED')], /malformed/);
    open.close();
  });

  it('stops at its deadline', async () => {
    const image = fixtureImage('2-after-200-passing');
    const engine = await loadSqlEngine();
    assert.throws(
      () => {
        const open = openImage(engine, image, { deadline: Date.now() - 1 });
        try {
          open.run('PRAGMA quick_check(1)');
        } finally {
          open.close();
        }
      },
      { code: 'time-limit' },
    );
    assert.equal((await inspectImage(image, 'quick_check')).check.ok, true);
  });

  it('never writes into the image, even if opened as writable', async () => {
    const image = fixtureImage('2-after-200-passing');
    const before = Buffer.from(image);
    const open = openImage(await loadSqlEngine(), image, { writable: true, deadline: Infinity });
    open.run('DELETE FROM features');
    assert.equal(open.firstRow('SELECT count(*) FROM features')?.[0], 0);
    open.close();
    assert.deepEqual(image, before);
  });

  it('falls back to a copy if sql.js needs a typed array', async () => {
    const engine = await loadSqlEngine();
    const eagerEngine: SqlEngine = {
      Database: class extends engine.Database {
        constructor(bytes: Uint8Array | LazyBytes) {
          if (!(bytes instanceof Uint8Array)) throw new TypeError('bytes.set is not a function');
          super(bytes);
        }
      },
    };
    const open = openImage(eagerEngine, fixtureImage('2-after-200-passing'), { deadline: Infinity });
    assert.equal(open.firstRow('SELECT count(*) FROM features')?.[0], 598);
    assert.deepEqual([canReadLazily(eagerEngine), canReadLazily(engine)], [false, true]);
    open.close();
  });
});
