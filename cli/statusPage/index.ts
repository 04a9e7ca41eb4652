export { makeCard } from './makeCard.js';
export { statusPage } from './page.js';
