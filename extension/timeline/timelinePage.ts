import { escapeHtml } from '../../core/system/index.js';
import type { PageWords } from './timelineWords.js';

export interface PageParts {
  readonly nonce: string;
  /** Source of the page's files in the content security policy. */
  readonly cspSource: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  readonly language: string;
  readonly words: PageWords;
}

/** The HTML of the page, which may load only its script and its style sheet. */
export function timelinePage(parts: PageParts): string {
  const { nonce, cspSource, scriptUri, styleUri, language } = parts;
  const policy = `default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(parts.words.title)}</title>
<link rel="stylesheet" href="${escapeHtml(styleUri)}">
</head>
<body>
${body(escapeAll(parts.words))}
<script nonce="${escapeHtml(nonce)}" src="${escapeHtml(scriptUri)}"></script>
</body>
</html>
`;
}

function body(words: PageWords): string {
  return `<header>
  <div class="titles"><h1 id="heading">${words.title}</h1><p id="summary"></p></div>
  <section class="storage" id="storage" hidden>
    <p id="storageText"></p>
    <div class="bar" aria-hidden="true"><span id="ordinaryBar"></span><span id="emergencyBar"></span></div>
    <p class="shares"><span id="ordinaryText"></span><span id="emergencyText"></span></p>
  </section>
</header>
<p id="note">${words.loading}</p>
<main id="main" hidden>
  <div class="toolbar">
    ${legend(words)}
    <div class="zoom">
      <button type="button" class="secondary" id="zoomOut" aria-label="${words.zoomOut}" title="${words.zoomOut} (−)">−</button>
      <button type="button" class="secondary" id="zoomIn" aria-label="${words.zoomIn}" title="${words.zoomIn} (+)">+</button>
      <button type="button" class="secondary" id="showAll" title="${words.showAll} (Escape)">${words.showAll}</button>
    </div>
  </div>
  <div id="chart" tabindex="0" role="application" aria-label="${words.chart}" aria-describedby="chartHelp">
    <div id="card" hidden aria-hidden="true"></div>
  </div>
  <p id="chartHelp" class="visuallyHidden">${words.chartHelp}</p>
  <footer>
    <p id="comparison"></p>
    <div class="buttons">
      <button type="button" class="secondary" id="clearSelection" hidden>${words.clearSelection}</button>
      <button type="button" id="compare" disabled>${words.compare}</button>
    </div>
    <p class="hint"><span>${words.hint}</span><span id="range"></span></p>
  </footer>
  <div class="visuallyHidden"><table>
    <caption>${words.table}</caption>
    <thead><tr>${columns(words)}</tr></thead>
    <tbody id="rows"></tbody>
  </table></div>
</main>
<section id="empty" hidden>
  <h2>${words.emptyTitle}</h2>
  <p>${words.emptyText}</p>
  <button type="button" id="backUp">${words.backUpNow}</button>
</section>
<div id="live" class="visuallyHidden" role="status" aria-live="polite"></div>`;
}

function columns({ time, reason, features, passing, state, size, git }: PageWords): string {
  return [time, reason, features, passing, state, size, git].map((title) => `<th scope="col">${title}</th>`).join('');
}

function legend(words: PageWords): string {
  const items = [
    ['<path class="featuresLine" d="M0 6h20"/>', words.features],
    ['<path class="passingArea" d="M0 6h20v6H0z"/><path class="passingLine" d="M0 6h20"/>', words.passing],
    ['<circle class="ordinary" cx="10" cy="6" r="4"/>', words.backup],
    ['<circle class="unverified" cx="10" cy="6" r="3.5"/>', words.unverified],
    ['<path class="emergency" d="M10 0.5l5.5 5.5-5.5 5.5-5.5-5.5z"/>', words.emergency],
    ['<path class="damaged" d="M6 2l8 8M14 2l-8 8"/>', words.damaged],
  ] as const;
  const list = items.map(
    ([shape, label]) =>
      `<li><svg width="20" height="12" viewBox="0 0 20 12" aria-hidden="true">${shape}</svg>${label}</li>`,
  );
  return `<ul class="legend" aria-label="${words.legend}">${list.join('')}</ul>`;
}

function escapeAll(words: PageWords): PageWords {
  // The entries keep the keys of `words`.
  return Object.fromEntries(Object.entries(words).map(([key, text]) => [key, escapeHtml(text)])) as PageWords;
}
