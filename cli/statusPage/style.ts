/** The style sheet of the page. On paper it is always light. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7;
  --card: #ffffff;
  --line: #dcdfe4;
  --text: #1d2229;
  --quiet: #5b6470;
  --critical: #b3261e;
  --warning: #8a5300;
  --information: #1f5fa8;
  --ok: #1c7a43;
  --features: #4a76b8;
  --passing: #2f8f5b;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #15181d;
    --card: #1d2127;
    --line: #343a43;
    --text: #e4e7eb;
    --quiet: #9da6b2;
    --critical: #ff8f86;
    --warning: #eeb650;
    --information: #83b7f5;
    --ok: #6fcb94;
    --features: #82a9e0;
    --passing: #5dbb88;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  padding: 2rem clamp(1rem, 4vw, 3rem) 3rem;
  color: var(--text);
  background: var(--page);
  font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere;
}
h1, h2, h3, p, ul, dl, dd, figure { margin: 0; padding: 0; }
ul { list-style: none; }
.page, main { max-width: 84rem; margin-inline: auto; }
h1 { font-size: 1.5rem; font-weight: 650; line-height: 1.25; letter-spacing: -0.01em; }
.page p, .folder, .note, .age, .number, figcaption, dt { color: var(--quiet); }
.page p { margin-top: 0.25rem; font-size: 0.875rem; }
time, .age, .share { white-space: nowrap; }
nav { margin-top: 1rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.5rem; }
nav a {
  display: block;
  padding: 0.25rem 0.75rem;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 1rem;
  text-decoration: none;
}
nav a:hover { border-color: currentColor; }
a:focus-visible { outline: 2px solid var(--information); outline-offset: 2px; }
main { margin-top: 1.5rem; }
section + section { margin-top: 2.25rem; }
h2 {
  margin-bottom: 0.75rem;
  font-size: 1rem;
  font-weight: 600;
  scroll-margin-top: 1rem;
}
.number { margin-left: 0.25rem; font-weight: 400; }
.one .cards { max-width: 40rem; }
.cards {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr));
  gap: 1rem;
}
.card {
  display: flex;
  flex-direction: column;
  gap: 0.875rem;
  min-width: 0;
  padding: 1rem 1.25rem 1.125rem;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 0.5rem;
}
.card > header { display: flex; gap: 0.75rem; align-items: baseline; justify-content: space-between; }
.card :is(h2, h3) { margin: 0; font-size: 1.0625rem; font-weight: 650; line-height: 1.35; }
.folder { margin-top: -0.75rem; font-size: 0.8125rem; }
.label { flex: none; font-size: 0.875rem; font-weight: 600; white-space: nowrap; }
.label svg { width: 0.75em; height: 0.75em; margin-right: 0.375em; fill: currentColor; }
.label .outline { fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
.label.critical, .failure { color: var(--critical); }
.label.unknown, .label.warning { color: var(--warning); }
.label.information { color: var(--information); }
.label.ok { color: var(--ok); }
.label.none { color: var(--quiet); }
.failure { font-weight: 600; }
.problems { display: grid; gap: 0.75rem; }
.problems li { padding-left: 0.75rem; border-left: 2px solid var(--line); }
.problems li.critical { border-color: var(--critical); }
.problems li.warning { border-color: var(--warning); }
.problems li.information { border-color: var(--information); }
.page p .label, .problems .label { margin-right: 0.25em; }
.advice { margin-top: 0.125rem; color: var(--quiet); }
.counts { display: flex; flex-wrap: wrap; gap: 0 0.875rem; align-items: baseline; }
.counts b { font-size: 1.375rem; font-weight: 650; line-height: 1.2; letter-spacing: -0.01em; }
.counts .share { margin-left: auto; color: var(--quiet); }
.counts .source { color: var(--quiet); }
.key::before {
  display: inline-block;
  width: 0.625em;
  height: 0.625em;
  margin-right: 0.4em;
  border-radius: 2px;
  content: "";
}
.key.passing::before { background: var(--passing); }
.key.features::before { background: var(--features); }
figure { margin-top: -0.375rem; }
figure svg { display: block; width: 100%; height: 3.5rem; overflow: visible; border-bottom: 1px solid var(--line); }
figure path { fill: none; stroke-width: 1.75; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
figure .features { stroke: var(--features); }
figure .passing { stroke: var(--passing); }
figure .area { fill: var(--passing); opacity: 0.16; }
figcaption { display: flex; gap: 1rem; justify-content: space-between; margin-top: 0.25rem; font-size: 0.8125rem; }
dl { display: grid; gap: 0.25rem; font-size: 0.875rem; }
dl div { display: grid; grid-template-columns: 7.75rem 1fr; gap: 0.75rem; }
@media (max-width: 26rem) {
  body { padding-top: 1.25rem; }
  .card { padding-inline: 1rem; }
  dl div { grid-template-columns: 1fr; gap: 0; }
  dl { gap: 0.5rem; }
}
@media (forced-colors: active) {
  .key::before { forced-color-adjust: none; }
}
@media print {
  @page { margin: 14mm; }
  :root { --page: #ffffff; color-scheme: light; font-size: 75%; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { padding: 0; }
  .cards { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .card { break-inside: avoid; }
  h2 { break-after: avoid; }
}
`;
