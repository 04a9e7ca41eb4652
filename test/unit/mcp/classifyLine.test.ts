import assert from 'node:assert/strict';
import { idKeyOf, classifyBeginning, classifyLine } from '../../../mcp/tap/classifyLine.js';
import { readLine } from '../../../mcp/tap/lineFacts.js';
import { KnownTools } from '../../../mcp/tap/tools.js';

const tools = new KnownTools();
const write = (line: string | Buffer) => classifyLine(Buffer.from(line as string), tools).write;
const call = (name: string, args: unknown = {}): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name, arguments: args } });

describe('classification of a line from the client', () => {
  it('recognises a call of a writing tool, with tool, reason and feature', () => {
    assert.deepEqual(write(call('feature_mark_passing', { feature_id: 12, secret: 'x' })), {
      tool: 'feature_mark_passing',
      reason: 'before_mark_passing',
      detail: 'feature 12',
      requests: [{ idText: '7', idKey: '7', isCall: true }],
      isBatch: false,
      logLevel: undefined,
    });
  });

  const harmless = {
    'a reading tool': call('feature_get_stats'),
    'another method': '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    'an unknown method': '{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"name":"feature_create"}}',
    'a response': '{"jsonrpc":"2.0","id":1,"result":{"method":"tools/call","name":"feature_create"}}',
    'a method in a nested object': '{"method":"ping","params":{"method":"tools/call","name":"feature_create"}}',
    'an empty line': '',
    'white space': ' \t \r\n',
    'a carriage return at the end': '{"jsonrpc":"2.0","id":1,"method":"ping"}\r\n',
    'a byte order mark': '\ufeff{"method":"ping"}',
    'a batch without writes': `[{"method":"ping","id":1},${call('feature_get_graph')}]`,
    'an empty batch': '[]',
    'every kind of value': '{"a":[1,-2.5e+3,0,true,false,null,"\\u00e9\\n",{}],"b":{"c":[[]]}}',
  };
  for (const [what, line] of Object.entries(harmless)) {
    it(`forwards without a backup: ${what}`, () => {
      assert.equal(write(line), undefined);
    });
  }

  const disguised = {
    'keys in another order': '{"params":{"arguments":{},"name":"feature_skip"},"method":"tools/call","id":1}',
    'a duplicate method, where the last one applies':
      '{"method":"ping","method":"tools/call","params":{"name":"feature_skip"}}',
    'a duplicate method, where the first one applies':
      '{"method":"tools/call","params":{"name":"feature_skip"},"method":"ping"}',
    'a duplicate name': '{"method":"tools/call","params":{"name":"feature_get_stats","name":"feature_skip"}}',
    'duplicate params':
      '{"method":"tools/call","params":{"name":"feature_get_stats"},"params":{"name":"feature_skip"}}',
    'an escaped key': '{"\\u006dethod":"tools/call","params":{"n\\u0061me":"feature_skip"}}',
    'an escaped value': '{"method":"tools\\/c\\u0061ll","params":{"name":"feature_skip"}}',
    'keys in capitals, as Go reads them': '{"METHOD":"tools/call","Params":{"NAME":"feature_skip"}}',
    'a key with a long s': '{"method":"tools/call","param\u017f":{"name":"feature_skip"}}',
    'a key that ends in a NUL for C': '{"method\\u0000x":"tools/call","params":{"name":"feature_skip"}}',
    'a long key that ends in a NUL for C': `{"method\\u0000${'x'.repeat(300)}":"tools/call","params":{"name":"feature_skip"}}`,
    'a long key with escapes before its NUL': `{"\\u006d\\u0065tho\\u0064\\u0000${'x'.repeat(300)}":"tools/call","params":{"name":"feature_skip"}}`,
    'a second name after a long key': `{"method":"tools/call","params":{"name":"feature_get_stats","name\\u0000${'x'.repeat(300)}":"feature_skip"}}`,
    'no params': '{"method":"tools/call"}',
    'params as an array': '{"method":"tools/call","params":["feature_skip"]}',
    'a name that is not a string': '{"method":"tools/call","params":{"name":["feature_skip"]}}',
    'a name with a trailing space': '{"method":"tools/call","params":{"name":"feature_get_stats "}}',
    'an unknown tool': call('feature_delete'),
    'a byte order mark before it': `\ufeff${call('feature_skip')}`,
    'a batch': `[{"method":"ping"},${call('feature_skip')}]`,
    'a batch within a batch': `[[${call('feature_skip')}]]`,
    'a notification': '{"method":"tools/call","params":{"name":"feature_skip"}}',
    'two values on one line': `{"method":"ping"}${call('feature_skip')}`,
    'a lone carriage return, where Python ends a line': `{"a":\r${call('feature_skip')}\r}`,
    'U+2028 in a string, where a reader of Node ends a line': `{"a":"\u2028${JSON.stringify(call('x')).slice(1, -1)}"}`,
    'single quotes': "{'method':'tools/call'}",
    'a trailing comma': '{"method":"ping",}',
    'a comment': '/**/{"method":"ping"}',
    NaN: '{"method":"ping","x":NaN}',
    'a raw tab in a string': '{"method":"ping","x":"\t"}',
    'a NUL': '\0{"method":"ping"}',
    garbage: 'hello',
    'a truncated line': '{"method":"ping"',
    'a string': '"x"',
    'a number with a leading zero': '{"x":01}',
    'an unknown escape': '{"x":"\\x"}',
  };
  for (const [what, line] of Object.entries(disguised)) {
    it(`treats as a write: ${what}`, () => {
      assert.notEqual(write(line), undefined);
    });
  }

  it('treats as a write: bytes that are not UTF-8', () => {
    assert.notEqual(write(Buffer.from([0x7b, 0x22, 0xc1, 0xb4, 0x22, 0x3a, 0x31, 0x7d])), undefined);
    assert.notEqual(write(Buffer.from('{"method":"ping"}', 'utf16le')), undefined);
  });

  it('trusts readOnlyHint, except for tools that are known to write', () => {
    const hinted = new KnownTools();
    const tool = (name: string, readOnlyHint?: boolean) => ({ name, annotations: { readOnlyHint } });
    hinted.readResponse({
      result: { tools: [tool('look', true), tool('change', false), tool('feature_skip', true), { name: 'plain' }] },
    });
    const writes = ['look', 'change', 'feature_skip', 'plain', 'never_listed'].filter(
      (name) => classifyLine(Buffer.from(call(name)), hinted).write !== undefined,
    );
    assert.deepEqual(writes, ['change', 'feature_skip', 'plain', 'never_listed']);
    hinted.readResponse({ result: { tools: [tool('look', false)] } });
    assert.notEqual(classifyLine(Buffer.from(call('look')), hinted).write, undefined);
  });

  it('lists each feature once, and no other argument', () => {
    const args = {
      feature_id: 3,
      dependency_ids: [99],
      ids: [3, 4],
      id: 'x',
      feature_ids: [5.5, -1, 6],
      nested: { id: 8 },
    };
    assert.equal(write(call('feature_set_dependencies', args))?.detail, 'features 3, 4, 6');
  });

  it('keeps an id as written, however large', () => {
    const pending = write('{"id":12345678901234567890,"method":"tools/call","params":{"name":"feature_skip"}}');
    assert.equal(pending?.requests[0]?.idText, '12345678901234567890');
  });

  it('recognises a cancelled call, however its id is spelled', () => {
    const line = '{"method":"notifications/cancelled","params":{"requestId":"a\\u0062"}}';
    assert.deepEqual(classifyLine(Buffer.from(line), tools).cancelled, [idKeyOf('"ab"')]);
    assert.equal(idKeyOf('1'), idKeyOf('1.0'));
    assert.notEqual(idKeyOf('1'), idKeyOf('"1"'));
  });

  it('reads the beginning of a line that is too long', () => {
    const { tool, requests } = classifyBeginning(
      Buffer.from(call('feature_create_bulk', { features: ['x'] }).slice(0, -6)),
      tools,
    );
    assert.equal(tool, 'feature_create_bulk');
    assert.equal(requests[0]?.idText, '7');
  });

  it('agrees with JSON.parse about valid JSON', () => {
    const samples = [
      '{}',
      '[]',
      '[1,]',
      '{"a":1}',
      '{"a" : [ ] }',
      '[[[]]]',
      '{"a"}',
      '{1:2}',
      '[1 2]',
      '[tru]',
      '[-]',
      '[1.]',
      '[1e5]',
    ];
    for (const sample of samples) assert.equal(readLine(Buffer.from(sample)).isIrregular, !isJson(sample), sample);
  });

  it('handles a million open brackets', () => {
    assert.notEqual(write('['.repeat(1_000_000)), undefined);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
