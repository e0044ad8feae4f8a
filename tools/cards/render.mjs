// Draws pictures of the recorded cards (tests/fixtures/cards/*.snap) with Microsoft's own renderer, to be looked at.
// It checks nothing and sends nothing: the tests check the JSON, this shows what people see.
//
//   node tools/cards/render.mjs [output folder, default target/cards]
//   node tools/cards/render.mjs --handbook        only the pictures that docs/cards.md shows, into docs/pictures/cards
//
// For each card: desktop (600 px) and phone (320 px), light and dark; for cards with a fold also the unfolded phone
// view; and contact sheets. See README.md for what it needs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { hostConfig, style } from './teams.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const handbook = process.argv[2] === '--handbook';
const out = handbook ? join(root, 'docs/pictures/cards') : resolve(process.argv[2] ?? join(root, 'target/cards'));
const require = createRequire(import.meta.url);
const library = readFileSync(join(dirname(require.resolve('adaptivecards/package.json')), 'dist/adaptivecards.min.js'), 'utf8');
const MarkdownIt = require('markdown-it');
const markdown = new MarkdownIt({ html: false, linkify: false });

const WIDTHS = { desktop: 600, phone: 320 };
// What each contact sheet shows, so that the pictures in the handbook stay small.
const SHEETS = {
  welcome: ['welcome_linked', 'welcome_unmatched', 'welcome_back'],
  commands: ['help', 'status', 'connected', 'disconnected', 'not_understood', 'stale_action'],
  request: ['request', 'request_short', 'request_bare'],
  request_ended: ['request_accepted_here', 'request_declined_here', 'request_withdrawn', 'request_expired'],
  plain: ['plain', 'plain_bare', 'plain_ended'],
};

/** The Adaptive Card in a snapshot: a short header between `---` lines, then the activity. */
function cardOf(file) {
  const [, , json] = readFileSync(file, 'utf8').split(/^---$/m);
  return JSON.parse(json).attachments[0].content;
}

const snapshots = join(root, 'tests/fixtures/cards');
const cards = Object.fromEntries(
  readdirSync(snapshots).filter((name) => name.endsWith('.snap')).sort()
    .map((name) => [name.replace(/\.snap$/, ''), cardOf(join(snapshots, name))]),
);

/** Draws cards below each other (or in columns) in one page and returns the picture. */
async function draw(browser, names, { theme, width, columns = 1, unfold = false, titles = false, scale = 1 }) {
  const page = await browser.newPage({
    viewport: { width: columns * (width + 32) + 16, height: 400 }, deviceScaleFactor: scale,
  });
  await page.setContent(`<!doctype html><html lang="en"><style>${style(theme, width, columns)}</style><main></main></html>`);
  await page.addScriptTag({ content: library });
  await page.evaluate(async ({ cards, config, titles, html }) => {
    AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
      result.outputHtml = html[text];
      result.didProcess = true;
    };
    for (const [name, card] of cards) {
      const drawn = new AdaptiveCards.AdaptiveCard();
      drawn.hostConfig = new AdaptiveCards.HostConfig(config);
      drawn.parse(card);
      const figure = document.createElement('figure');
      const frame = document.createElement('div');
      frame.className = 'card';
      frame.append(drawn.render());
      figure.append(frame);
      if (titles) figure.prepend(Object.assign(document.createElement('figcaption'), { textContent: name }));
      document.querySelector('main').append(figure);
    }
  }, { cards: names.map((name) => [name, cards[name]]), config: hostConfig(theme), titles, html: htmlOf(names) });
  if (unfold) await press(page, ['Show all', 'Decline…']);
  const picture = await page.locator('main').screenshot();
  await page.close();
  return picture;
}

/** Markdown of every text on these cards, rendered beforehand: the renderer asks for it synchronously. */
function htmlOf(names) {
  const html = {};
  const visit = (value) => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (value === null || typeof value !== 'object') return undefined;
    return Object.values(value).forEach((inner) => {
      if (typeof inner === 'string') html[inner] = markdown.render(inner);
      else visit(inner);
    });
  };
  names.forEach((name) => visit(cards[name]));
  return html;
}

/** Writes a picture, with fewer colours where pngquant is installed. */
function save(name, picture) {
  const small = spawnSync('pngquant', ['--strip', '64', '-'], { input: picture, maxBuffer: 1 << 26 });
  writeFileSync(join(out, `${name}.png`), small.status === 0 ? small.stdout : picture);
}

async function drawCards(browser) {
  for (const name of Object.keys(cards)) {
    for (const theme of ['light', 'dark']) {
      for (const [device, width] of Object.entries(WIDTHS)) {
        save(`${name}-${device}-${theme}`, await draw(browser, [name], { theme, width }));
      }
    }
  }
}

async function drawSheets(browser, themes) {
  for (const [sheet, names] of Object.entries(SHEETS)) {
    const columns = Math.min(names.length, 3);
    for (const theme of themes) {
      save(`sheet-${sheet}-${theme}`, await draw(browser, names, { theme, width: 360, columns, titles: true }));
    }
  }
}

async function press(page, titles) {
  for (const title of titles) {
    const button = page.getByRole('button', { name: title, exact: true });
    if (await button.count()) await button.first().click();
  }
}

const profile = mkdtempSync(join(tmpdir(), 'cards-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
try {
  mkdirSync(out, { recursive: true });
  if (!handbook) await drawCards(browser);
  await drawSheets(browser, handbook ? ['light'] : ['light', 'dark']);
  save('request-unfolded', await draw(browser, ['request'], { theme: 'light', width: WIDTHS.phone, unfold: true }));
  if (handbook) save('request-dark', await draw(browser, ['request'], { theme: 'dark', width: WIDTHS.phone }));
  console.error(`pictures of ${Object.keys(cards).length} cards are in ${out}`);
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
