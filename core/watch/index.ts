export { runAsOnlyWatcher, runningWatcher, type RunningWatcher } from './onlyWatcher.js';
export { DEFAULT_WATCH_TIMES, type WatchEvent, type WatchTimes } from './watchEvent.js';
export { Watcher } from './watcher.js';
