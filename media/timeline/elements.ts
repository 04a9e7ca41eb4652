/** The elements that the script fills; throws if the page lacks one. */
export const elements = {
  heading: find('heading', HTMLElement),
  summary: find('summary', HTMLElement),
  storage: find('storage', HTMLElement),
  storageText: find('storageText', HTMLElement),
  ordinaryBar: find('ordinaryBar', HTMLElement),
  emergencyBar: find('emergencyBar', HTMLElement),
  ordinaryText: find('ordinaryText', HTMLElement),
  emergencyText: find('emergencyText', HTMLElement),
  note: find('note', HTMLElement),
  main: find('main', HTMLElement),
  range: find('range', HTMLElement),
  zoomOut: find('zoomOut', HTMLButtonElement),
  zoomIn: find('zoomIn', HTMLButtonElement),
  showAll: find('showAll', HTMLButtonElement),
  chart: find('chart', HTMLElement),
  card: find('card', HTMLElement),
  comparison: find('comparison', HTMLElement),
  clearSelection: find('clearSelection', HTMLButtonElement),
  compare: find('compare', HTMLButtonElement),
  rows: find('rows', HTMLElement),
  empty: find('empty', HTMLElement),
  backUp: find('backUp', HTMLButtonElement),
  live: find('live', HTMLElement),
} as const;

function find<Kind extends HTMLElement>(id: string, kind: abstract new () => Kind): Kind {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`The page has no #${id}`);
  return element;
}
