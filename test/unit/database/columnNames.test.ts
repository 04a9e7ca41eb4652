import assert from 'node:assert/strict';
import { parseColumnNames } from '../../../core/database/salvage/describeTable.js';

describe('the column names in a CREATE TABLE statement', () => {
  it('are ordered, without table constraints', () => {
    const sql = `CREATE TABLE features (
      id INTEGER NOT NULL, name VARCHAR(255) DEFAULT ('a,b)'), "odd ""one""" TEXT, [in place] JSON, \`tick\` INT,
      PRIMARY KEY (id), CONSTRAINT c CHECK (id > 0 AND id < 9), FOREIGN KEY(id) REFERENCES x (id)) STRICT`;
    assert.deepEqual(parseColumnNames(sql), ['id', 'name', 'odd "one"', 'in place', 'tick']);
  });

  it('are empty without a list', () => {
    assert.deepEqual(parseColumnNames('CREATE TABLE features'), []);
  });
});
