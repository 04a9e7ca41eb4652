import assert from 'node:assert/strict';
import { timelinePage } from '../../../../extension/timeline/timelinePage.js';
import { pageWords } from '../../../../extension/timeline/timelineWords.js';

const parts = {
  nonce: 'n0nce',
  cspSource: 'https://editor.example',
  scriptUri: 'https://editor.example/timeline.js',
  styleUri: 'https://editor.example/timeline.css',
  language: 'en',
  words: pageWords(),
};

describe('the timeline’s HTML', () => {
  const html = timelinePage(parts);

  it('allows only its own script and style sheet', () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1]?.replaceAll('&#39;', "'");
    assert.equal(policy, "default-src 'none'; style-src https://editor.example; script-src 'nonce-n0nce'");
    assert.deepEqual(html.match(/<script[^>]*>/g), ['<script nonce="n0nce" src="https://editor.example/timeline.js">']);
  });

  it('has no inline code or styles that the policy blocks', () => {
    assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|javascript:/i);
  });

  it('escapes translated texts', () => {
    const translated = timelinePage({ ...parts, words: { ...pageWords(), compare: '<img src=x> "&" \'' } });
    assert.ok(translated.includes('&#60;img src=x&#62; &#34;&#38;&#34; &#39;'));
    assert.ok(!translated.includes('<img'));
  });

  it('names every button, and has a table with column headings for screen readers', () => {
    const buttons = [...html.matchAll(/<button([^>]*)>([^<]*)</g)];
    assert.ok(buttons.length > 1 && buttons.length === html.match(/<button/g)?.length);
    for (const [, attributes, text] of buttons) {
      assert.ok(/aria-label="[^"]+"/.test(attributes ?? '') || (text ?? '').trim().length > 1, attributes);
    }
    assert.equal(html.match(/<th scope="col">[^<]+<\/th>/g)?.length, 7);
    assert.match(html, /aria-live="polite"/);
  });
});
