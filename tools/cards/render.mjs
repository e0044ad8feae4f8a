// Draws pictures of the cards with Microsoft's own renderer, to be looked at. It checks nothing and sends nothing: the
// tests check the JSON, this shows what people see.
//
//   node tools/cards/render.mjs <folder with <language>/<card>.json> [output folder, default target/cards]
//   node tools/cards/render.mjs <folder> --handbook   only the pictures that docs/cards.md shows
//
// English and Arabic: every card, light, dark and high contrast, wide and phone, as contact sheets by subject. The other languages: a
// sample. `make cards` calls it; see README.md for what it needs.
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
const source = resolve(process.argv[2] ?? join(root, 'target/cards/json'));
const handbook = process.argv[3] === '--handbook';
const out = handbook ? join(root, 'docs/pictures/cards') : resolve(process.argv[3] ?? join(root, 'target/cards'));
const only = process.env.CARDS_ONLY;
const require = createRequire(import.meta.url);
const library = readFileSync(join(dirname(require.resolve('adaptivecards/package.json')), 'dist/adaptivecards.min.js'), 'utf8');
const MarkdownIt = require('markdown-it');
const markdown = new MarkdownIt({ html: false, linkify: false });

// Which cards stand together: by the beginning of their names.
const SHEETS = {
  welcome: ['welcome', 'connected', 'disconnected', 'confirm_disconnect', 'switched_off'],
  commands: ['help', 'status', 'not_understood', 'stale_action', 'privacy', 'paused', 'resumed'],
  settings: ['settings'],
  request: ['request'],
  people: ['outcome', 'connection', 'match'],
  meeting: ['meeting'],
  event: ['event'],
  survey: ['survey'],
  message: ['message'],
  news: ['announcement', 'plain', 'task'],
  list: ['list'],
  writing: ['compose', 'which_thread'],
};
// The pictures in the handbook: name, language, theme, width, columns, cards.
const HANDBOOK = [
  ['request', 'en', 'light', 'phone', 4, ['request', 'request_accepted_here', 'outcome_declined', 'match']],
  ['meeting', 'en', 'light', 'phone', 4, ['meeting', 'meeting_chosen', 'meeting_scheduled', 'meeting_moved', 'meeting_notice_cancelled', 'meeting_follow_up']],
  ['event', 'en', 'light', 'phone', 4, ['event', 'event_going', 'event_updated', 'event_notice_cancelled']],
  ['figures', 'en', 'light', 'phone', 4, ['event_figures', 'event_figures_waiting', 'event_figures_all']],
  ['survey', 'en', 'light', 'phone', 4, ['survey_rating', 'survey_choice', 'survey_review', 'survey_submitted']],
  ['message', 'en', 'light', 'phone', 4, ['message', 'message_several', 'message_replied', 'which_thread']],
  ['news', 'en', 'light', 'phone', 4, ['announcement_to_acknowledge', 'task', 'plain', 'connection_started']],
  ['chat', 'en', 'light', 'phone', 4, ['welcome_awaited', 'help', 'status', 'settings']],
  ['lists', 'en', 'dark', 'phone', 4, ['list_pending', 'list_meetings', 'list_connections', 'list_digest']],
  ['arabic', 'ar', 'light', 'phone', 4, ['request', 'meeting', 'event_going', 'settings', 'list_meetings']],
  ['languages', 'de', 'dark', 'wide', 2, ['meeting', 'survey_rating']],
  ['contrast', 'en', 'contrast', 'phone', 4, ['request', 'request_accepted_here', 'event_updated', 'event_notice_cancelled']],
  ['wide', 'en', 'light', 'wide', 2, ['request', 'meeting_moved', 'event', 'status']],
];
const WIDTHS = { wide: 560, phone: 320 };
const MOST = 12;

function cardsOf(language) {
  const folder = join(source, language);
  return Object.fromEntries(readdirSync(folder).sort()
    .map((name) => [name.replace(/\.json$/, ''), JSON.parse(readFileSync(join(folder, name), 'utf8'))]));
}

/** Draws cards in columns on one page and returns the picture. */
async function draw(browser, cards, names, { language, theme, width, columns, unfold = false }) {
  const page = await browser.newPage({ viewport: { width: columns * (width + 16) + 32, height: 400 } });
  // A stand-in for the pictures that cards name: nothing is fetched from anywhere.
  await page.route(/^https?:/, (route) => route.fulfill({ contentType: 'image/svg+xml', body: BANNER }));
  await page.setContent(`<!doctype html><html lang="${language}"><style>${style(theme, width, columns)}</style><main></main></html>`);
  await page.addScriptTag({ content: library });
  const findings = await page.evaluate(async ({ cards, config, html }) => {
    const findings = [];
    AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
      result.outputHtml = html[text];
      result.didProcess = true;
    };
    const main = document.querySelector('main');
    for (const [name, card] of cards) {
      const drawn = new AdaptiveCards.AdaptiveCard();
      drawn.hostConfig = new AdaptiveCards.HostConfig(config);
      const context = new AdaptiveCards.SerializationContext(new AdaptiveCards.Version(1, 5));
      drawn.parse(card, context);
      for (let at = 0; at < context.eventCount; at += 1) findings.push(`${name}: ${context.getEventAt(at).message}`);
      findings.push(...drawn.validateProperties().validationEvents.map((event) => `${name}: ${event.message}`));
      const figure = document.createElement('figure');
      const frame = document.createElement('div');
      frame.className = 'card';
      frame.append(drawn.render());
      figure.append(Object.assign(document.createElement('figcaption'), { textContent: name }), frame);
      main.append(figure);
    }
    return findings;
  }, { cards: names.map((name) => [name, cards[name]]), config: hostConfig(theme), html: htmlOf(names.map((name) => cards[name])) });
  // Of two cards in a row it refuses the second's `lang`: its pattern keeps the place of its last match.
  const real = findings.filter((finding) => !finding.endsWith('for property "lang".'));
  if (real.length > 0) throw new Error(`the renderer finds:\n${real.join('\n')}`);
  if (unfold) await press(page);
  await page.waitForLoadState('networkidle');
  const picture = await page.locator('main').screenshot();
  await page.close();
  return picture;
}

const BANNER = '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="200"><rect width="600" height="200" fill="#8b8cc7"/>'
  + '<circle cx="150" cy="100" r="60" fill="#c5c6e8"/><circle cx="300" cy="100" r="60" fill="#e3e3f4"/><circle cx="450" cy="100" r="60" fill="#c5c6e8"/></svg>';

/** Markdown of every text on these cards, rendered beforehand: the renderer asks for it synchronously. */
function htmlOf(cards) {
  const html = {};
  const visit = (value) => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (value === null || typeof value !== 'object') return undefined;
    return Object.values(value).forEach((inner) => {
      if (typeof inner === 'string') html[inner] = markdown.render(inner);
      else visit(inner);
    });
  };
  cards.forEach(visit);
  return html;
}

/** Opens what folds: forms behind buttons, long texts. */
async function press(page) {
  for (const button of await page.locator('.ac-pushButton').all()) {
    const title = (await button.textContent()) ?? '';
    if (title.endsWith('…')) await button.click();
  }
}

/** Writes a picture, with fewer colours where pngquant is installed. */
function save(name, picture) {
  const small = spawnSync('pngquant', ['--strip', handbook ? '32' : '64', '-'], { input: picture, maxBuffer: 1 << 26 });
  writeFileSync(join(out, `${name}.png`), small.status === 0 ? small.stdout : picture);
}

/** Contact sheets of every card of a language. */
async function sheets(browser, language, looks) {
  const cards = cardsOf(language);
  for (const [sheet, beginnings] of Object.entries(SHEETS)) {
    if (only && sheet !== only) continue;
    const names = Object.keys(cards).filter((name) => beginnings.some((beginning) => name.startsWith(beginning)));
    for (let at = 0; at < names.length; at += MOST) {
      const part = names.length > MOST ? `-${1 + at / MOST}` : '';
      for (const [theme, device] of looks) {
        const columns = device === 'phone' ? 4 : 2;
        const picture = await draw(browser, cards, names.slice(at, at + MOST), { language, theme, width: WIDTHS[device], columns });
        save(`${language}-${sheet}${part}-${device}-${theme}`, picture);
      }
    }
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
  if (handbook) {
    for (const [name, language, theme, device, columns, names] of HANDBOOK) {
      save(name, await draw(browser, cardsOf(language), names, { language, theme, width: WIDTHS[device], columns }));
    }
    save('unfolded', await draw(browser, cardsOf('en'), ['request', 'meeting', 'match', 'confirm_disconnect', 'switched_off'],
      { language: 'en', theme: 'light', width: WIDTHS.phone, columns: 4, unfold: true }));
  } else {
    const all = [['light', 'wide'], ['dark', 'wide'], ['contrast', 'wide'], ['light', 'phone'], ['dark', 'phone'], ['contrast', 'phone']];
    for (const language of ['en', 'ar']) await sheets(browser, language, all);
    for (const language of ['es', 'fr', 'de', 'pt']) await sheets(browser, language, [['light', 'phone']]);
  }
  console.error(`pictures are in ${out}`);
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
