/** The colours of the canvas, from custom properties of timeline.css. */
export interface Palette {
  readonly features: string;
  readonly passing: string;
  readonly passingArea: string;
  readonly emergency: string;
  readonly damaged: string;
  readonly background: string;
  readonly text: string;
  readonly grid: string;
  readonly focus: string;
  readonly font: string;
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.body);
  const color = (name: string): string => style.getPropertyValue(`--timeline-${name}`).trim();
  return {
    features: color('features'),
    passing: color('passing'),
    passingArea: color('passing-area'),
    emergency: color('emergency'),
    damaged: color('damaged'),
    background: color('background'),
    text: color('text'),
    grid: color('grid'),
    focus: color('focus'),
    font: `12px ${style.fontFamily}`,
  };
}

/** VS Code changes classes and styles of the page with the theme. */
export function onThemeChange(listener: () => void): void {
  const observer = new MutationObserver(listener);
  const attributes = { attributeFilter: ['class', 'style', 'data-vscode-theme-id'] };
  observer.observe(document.body, attributes);
  observer.observe(document.documentElement, attributes);
}
