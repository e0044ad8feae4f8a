// Makes the icons of the kinds of cards (src/cards/icons/*.png): a white sign on a disc in the colour of its family, as
// small palette PNGs, since each travels inside its card. Run it after a change of a sign, and look at the result:
//
//   node tools/cards/icons.mjs
//
// The colours have a contrast of 4.5 at least to the white sign and stand on light, dark and black cards alike.
import { writeFileSync, mkdtempSync, rmSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const out = resolve(dirname(fileURLToPath(import.meta.url)), '../../src/cards/icons');
const PEOPLE = '#5b5fc7', MEETING = '#0f6cbd', EVENT = '#b4009e', NEWS = '#8e562e', SURVEY = '#03787c', MESSAGE = '#455a64', TASK = '#a74109';
const W = 'fill="#fff"', line = (width) => `fill="none" stroke="#fff" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"`, L = line(2);
const ICONS = {
  request: [PEOPLE, `<circle cx="12" cy="9" r="3.2" ${W}/><path d="M5.8 18.5c.4-3.6 3-5.4 6.2-5.4s5.8 1.8 6.2 5.400z" ${W}/>`],
  connection: [PEOPLE, `<circle cx="9" cy="9.5" r="2.6" ${W}/><circle cx="15.5" cy="9.5" r="2.6" ${W}/><path d="M4.5 17.500c.3-2.9 2.2-4.3 4.5-4.3 1.3 0 2.4.4 3.2 1.3.8-.9 2-1.3 3.3-1.3 2.3 0 4 1.4 4.3 4.300z" ${W}/>`],
  match: [PEOPLE, `<path d="M12 5l2.1 4.5 4.9.6-3.6 3.3 1 4.900L12 15.9 7.6 18.300l1-4.900L5 10.100l4.9-.6z" ${W}/>`],
  meeting: [MEETING, `<rect x="6" y="7" width="12" height="11" rx="1.5" ${L}/><path d="M6 10.500h12M9 5v3M15 5v3" ${L}/><rect x="13" y="13" width="2.8" height="2.8" ${W}/>`],
  event: [EVENT, `<path d="M7.5 19V5.5" ${L}/><path d="M8.5 6h9.500l-2.6 3.500L18 13H8.500z" ${W}/>`],
  announcement: [NEWS, `<path d="M6 10.200v3.600h2.500l6.5 3.700V6.500l-6.5 3.700z" ${W}/><path d="M17.3 9.500c1.2 1.4 1.2 3.6 0 5" ${L}/>`],
  news: [NEWS, `<circle cx="12" cy="7.2" r="1.5" ${W}/><path d="M12 11v7" ${line(2.8)}/>`],
  survey: [SURVEY, `<path d="M6.5 8.200l1.2 1.2 2-2.400M6.5 15.200l1.2 1.2 2-2.400M12.5 8.500H18M12.5 15.500H18" ${L}/>`],
  message: [MESSAGE, `<path d="M6 7.500h12v8h-6.500L8.5 18v-2.500H6z" ${W}/>`],
  task: [TASK, `<path d="M6.8 12.500l3.6 3.6 7-8" ${line(2.6)}/>`],
};
const SIZE = 48, SHADES = 16;

function hex(colour) { return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)); }

/** A palette PNG of four bits a pixel: eight steps from nothing to the disc, eight from the disc to white. */
function png(pixels, colour) {
  const [r, g, b] = hex(colour);
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const head = Buffer.alloc(4), tail = Buffer.alloc(4);
    head.writeUInt32BE(data.length); tail.writeUInt32BE(crc32(body) >>> 0);
    return Buffer.concat([head, body, tail]);
  };
  const palette = [], alpha = [];
  for (let step = 0; step < 8; step += 1) { palette.push(r, g, b); alpha.push(Math.round((step * 255) / 7)); }
  for (let step = 1; step <= 8; step += 1) palette.push(...[r, g, b].map((c) => Math.round(c + ((255 - c) * step) / 8)));
  const index = (at) => {
    const [red, green, blue, a] = pixels.slice(at * 4, at * 4 + 4);
    if (a < 250) return Math.round((a * 7) / 255);
    const white = ((red - r) + (green - g) + (blue - b)) / (765 - r - g - b);
    return 7 + Math.round(Math.max(0, Math.min(1, white)) * 8);
  };
  const rows = [];
  for (let y = 0; y < SIZE; y += 1) {
    const row = Buffer.alloc(1 + SIZE / 2);
    for (let x = 0; x < SIZE; x += 2) row[1 + x / 2] = (index(y * SIZE + x) << 4) | index(y * SIZE + x + 1);
    rows.push(row);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIZE, 0); header.writeUInt32BE(SIZE, 4); header.set([4, 3, 0, 0, 0], 8);
  if (palette.length / 3 > SHADES) throw new Error('too many shades');
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', header), chunk('PLTE', Buffer.from(palette)),
    chunk('tRNS', Buffer.from(alpha)), chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

const profile = mkdtempSync(join(tmpdir(), 'icons-'));
const browser = await chromium.launchPersistentContext(profile, { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: ['--no-sandbox', '--disable-gpu'] });
try {
  mkdirSync(out, { recursive: true });
  const page = await browser.newPage();
  for (const [name, [colour, sign]] of Object.entries(ICONS)) {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}" viewBox="0 0 24 24"><circle cx="12" cy="12" r="12" fill="${colour}"/>${sign}</svg>`;
    const pixels = await page.evaluate(async ({ svg, SIZE }) => {
      const image = new Image();
      image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width: SIZE, height: SIZE });
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      return [...context.getImageData(0, 0, SIZE, SIZE).data];
    }, { svg, SIZE });
    const file = png(pixels, colour);
    writeFileSync(join(out, `${name}.png`), file);
    console.error(`${name}: ${file.length} bytes`);
  }
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
