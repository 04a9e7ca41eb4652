/** Lines that a client may send, and some invalid ones; each with its line break. */
export function randomMessages(count: number, random: () => number): readonly Buffer[] {
  return Array.from({ length: count }, (_, index) => Buffer.concat([message(index, random), lineBreak(random)]));
}

/** The same bytes in chunks of 1 to 4,000, which also split characters. */
export function* splitAtRandom(bytes: Buffer, random: () => number): Generator<Buffer> {
  let at = 0;
  while (at < bytes.length) {
    const longest = random() < 0.3 ? 8 : 4000;
    const end = at + 1 + Math.floor(random() * longest);
    yield bytes.subarray(at, end);
    at = end;
  }
}

function message(index: number, random: () => number): Buffer {
  const kind = random();
  if (kind < 0.3)
    return json({ jsonrpc: '2.0', id: index, method: 'ping', params: { text: TEXTS[index % TEXTS.length] } });
  if (kind < 0.5) return toolCall(index, 'feature_get_by_id', { feature_id: index });
  if (kind < 0.7)
    return toolCall(index, 'feature_mark_passing', { feature_id: index, note: TEXTS[index % TEXTS.length] });
  if (kind < 0.8)
    return json([
      { jsonrpc: '2.0', id: index, method: 'ping' },
      { jsonrpc: '2.0', method: 'x' },
    ]);
  if (kind < 0.9)
    return json({ jsonrpc: '2.0', id: `s${index}`, result: { text: 'é'.repeat(Math.floor(random() * 500)) } });
  if (kind < 0.95) return Buffer.from(Array.from({ length: 20 }, () => 128 + Math.floor(random() * 128)));
  return Buffer.from('not json {');
}

const TEXTS = ['plain', 'Grüße', '日本語の説明', '👩‍🚀 starts', '\u2028', 'line\\nbreak "quoted"'];

function toolCall(id: number, name: string, args: unknown): Buffer {
  return json({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function lineBreak(random: () => number): Buffer {
  return Buffer.from(random() < 0.1 ? '\r\n' : '\n');
}
