/** Reads one call per line, runs it in a transaction, and prints the result as one line after the commit. */
export const FEATURE_DATABASE = `
import json, os, sqlite3, sys
c = sqlite3.connect(os.path.join(sys.argv[1], 'features.db'), timeout=30, isolation_level=None)
c.row_factory = sqlite3.Row
c.execute('PRAGMA journal_mode=WAL')
c.execute('''CREATE TABLE IF NOT EXISTS features (id INTEGER PRIMARY KEY, priority INTEGER NOT NULL, category VARCHAR(100) NOT NULL,
  name VARCHAR(255) NOT NULL, description TEXT NOT NULL, steps JSON NOT NULL, passes BOOLEAN NOT NULL DEFAULT 0,
  in_progress BOOLEAN NOT NULL DEFAULT 0, dependencies JSON, needs_human_input BOOLEAN NOT NULL DEFAULT 0,
  human_input_request JSON, human_input_response JSON)''')

def feature(row):
  f = dict(row)
  for name in ('passes', 'in_progress', 'needs_human_input'): f[name] = bool(f[name])
  for name in ('steps', 'dependencies', 'human_input_request', 'human_input_response'):
    f[name] = json.loads(f[name]) if f[name] else ([] if name in ('steps', 'dependencies') else None)
  return f
def one(i):
  row = c.execute('SELECT * FROM features WHERE id=?', (i,)).fetchone()
  return feature(row) if row else None
def everything(): return [feature(row) for row in c.execute('SELECT * FROM features ORDER BY priority, id')]
def missing(i): return {'error': 'Feature with ID %s not found' % i}
def change(i, sql, *values):
  if not one(i): return missing(i)
  c.execute('UPDATE features SET ' + sql + ' WHERE id=?', values + (i,))
  return {'success': True, 'feature': one(i)}
def priority(): return c.execute('SELECT coalesce(max(priority), 0) + 1 FROM features').fetchone()[0]
def add(f):
  return c.execute('INSERT INTO features (priority, category, name, description, steps, passes, in_progress) VALUES (?,?,?,?,?,0,0)',
    (priority(), f['category'], f['name'], f['description'], json.dumps(f['steps']))).lastrowid
def stats():
  total, passing, busy = c.execute('SELECT count(*), coalesce(sum(passes), 0), coalesce(sum(in_progress), 0) FROM features').fetchone()
  return {'passing': passing, 'in_progress': busy, 'total': total, 'percentage': round(passing / total * 100, 1) if total else 0.0}
def is_ready(f, done): return not f['passes'] and not f['in_progress'] and all(d in done for d in f['dependencies'])
def listed(ready, limit=10):
  all_features = everything()
  done = {f['id'] for f in all_features if f['passes']}
  found = [f for f in all_features if not f['passes'] and not f['in_progress'] and is_ready(f, done) == ready]
  return {'features': found[:limit], 'count': len(found[:limit]), 'total': len(found)}
def depend(i, others):
  if not one(i): return missing(i)
  return change(i, 'dependencies=?', json.dumps(sorted(set(others))))

tools = {
  'feature_get_stats': lambda a: stats(),
  'feature_get_by_id': lambda a: one(a['feature_id']) or missing(a['feature_id']),
  'feature_get_summary': lambda a: {k: (one(a['feature_id']) or {}).get(k) for k in ('id', 'name', 'passes', 'in_progress', 'dependencies')},
  'feature_get_ready': lambda a: listed(True, a.get('limit', 10)),
  'feature_get_blocked': lambda a: listed(False, a.get('limit', 10)),
  'feature_get_graph': lambda a: {'nodes': [{'id': f['id'], 'name': f['name']} for f in everything()],
    'edges': [{'source': d, 'target': f['id']} for f in everything() for d in f['dependencies']]},
  'ask_user': lambda a: {'asked': len(a.get('questions', []))},
  'feature_mark_passing': lambda a: change(a['feature_id'], 'passes=1, in_progress=0'),
  'feature_mark_failing': lambda a: change(a['feature_id'], 'passes=0, in_progress=0'),
  'feature_skip': lambda a: change(a['feature_id'], 'priority=?, in_progress=0', priority()),
  'feature_mark_in_progress': lambda a: change(a['feature_id'], 'in_progress=1'),
  'feature_claim_and_get': lambda a: change(a['feature_id'], 'in_progress=1'),
  'feature_clear_in_progress': lambda a: change(a['feature_id'], 'in_progress=0'),
  'feature_create': lambda a: {'success': True, 'feature': one(add(a))},
  'feature_create_bulk': lambda a: {'created': len([add(f) for f in a['features']])},
  'feature_add_dependency': lambda a: depend(a['feature_id'], (one(a['feature_id']) or {'dependencies': []})['dependencies'] + [a['dependency_id']]),
  'feature_remove_dependency': lambda a: depend(a['feature_id'], [d for d in (one(a['feature_id']) or {'dependencies': []})['dependencies'] if d != a['dependency_id']]),
  'feature_set_dependencies': lambda a: depend(a['feature_id'], a['dependency_ids']),
  'feature_request_human_input': lambda a: change(a['feature_id'], 'needs_human_input=1, in_progress=0, human_input_request=?', json.dumps({'prompt': a['prompt']})),
}
for line in sys.stdin:
  call = json.loads(line)
  try:
    c.execute('BEGIN IMMEDIATE')
    answer = tools[call['tool']](call['args'])
    c.execute('COMMIT')
  except Exception as error:
    if c.in_transaction: c.execute('ROLLBACK')
    answer = {'error': str(error)}
  print(json.dumps(answer))
`;
