export { makeCard } from './makeCard.js';
export { statusPage } from './page.js';
export { pagePath, writePage } from './writePage.js';
