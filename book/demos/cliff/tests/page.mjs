// Opens the demo in Chromium from file://, moves its sliders by the keyboard, and compares what the
// page shows with native numbers; looks at it in light and dark, on a desk and on a phone, and
// where scripts or WebAssembly are missing.
//
//     CHROMIUM=/usr/bin/chromium node page.mjs demo.html golden.json PICTURE_FOLDER
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// The packages of all browser tests lie beside those of the book.
const require = createRequire(new URL('../../../tests/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const fragment = readFileSync(process.argv[2], 'utf8');
const golden = JSON.parse(readFileSync(process.argv[3], 'utf8'));
const pictures = resolve(process.argv[4]);
mkdirSync(pictures, { recursive: true });
const file = join(pictures, 'page.html');
writeFileSync(file, `<!doctype html><html lang="en"><meta charset="utf-8"><title>cliff</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root { color-scheme: light dark; --bg: Canvas; } body { font: 16px "Open Sans", sans-serif; max-width: 750px; margin: 0 auto; padding: 15px; }</style>
<script>
// A book turns its pages by the arrow keys.
document.addEventListener('keydown', (event) => {
  if (!event.key.startsWith('Arrow')) return;
  event.preventDefault();
  console.error('the page was turned');
});
</script>
<a href="#after">before</a>
${fragment}<a id="after" href="#">after</a></html>`);

// As root Chromium refuses its sandbox; the rest keeps it quiet and off the network.
const flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: flags });

let passed = 0;
let failed = 0;
async function test(name, options, body) {
  const faults = [];
  const context = await browser.newContext({ viewport: { width: 900, height: 900 }, ...options });
  const page = await context.newPage();
  page.on('request', (request) => { if (!/^(file|data|blob):/.test(request.url())) faults.push(`asks for ${request.url()}`); });
  page.on('console', (message) => { if (message.type() === 'error') faults.push(message.text()); });
  page.on('pageerror', (error) => faults.push(error.message));
  try {
    await body(page, (right, what) => { if (!right) faults.push(what); });
  } catch (error) {
    faults.push(error.message);
  }
  await context.close();
  if (faults.length === 0) passed += 1;
  else failed += 1;
  faults.forEach((fault) => console.log(`${name}: ${fault}`));
}

async function open(page) {
  await page.goto(pathToFileURL(file).href);
  await page.locator('.cliff-live').waitFor({ timeout: 10000 });
}

/// A slider to a value, from its left end, by the keyboard.
async function slide(page, name, value) {
  const slider = page.getByRole('slider', { name });
  await slider.focus();
  await page.keyboard.press('Home');
  for (let step = 0; step < Math.round(value / 0.05); step += 1) await page.keyboard.press('ArrowRight');
}

const minus = (text) => text.replace('-', '−');
const fields = ['promised', 'kept', 'expectedReturn', 'fall', 'goal'];
/// The numbers of a plan, read independently of the page's script.
function native({ numbers }) {
  const cells = 8 + numbers[7];
  const cell = (index) => numbers.slice(cells + 6 * index, cells + 6 * index + 6);
  return { fate: Object.fromEntries(fields.map((name, i) => [name, numbers[2 + i]])), cell };
}

/// Ten cells: the start, the goal, the edge, the row above it, two corners.
const TEN = [0, 7, 9, 12, 16, 17, 19, 22, 24, 31];
const MOVES = ['north', 'east', 'south', 'west'];

for (const entry of golden) {
  const { temperature, slip, exact } = entry;
  await test(`temperature ${temperature}, slip ${slip}, exact ${exact}`, {}, async (page, expect) => {
    await open(page);
    await slide(page, /temperature/, temperature);
    await slide(page, /slip/, slip);
    const toggle = page.getByRole('switch', { name: /condition the dynamics too/ });
    await toggle.focus();
    if (exact) await page.keyboard.press('Space');
    expect((await toggle.isChecked()) === Boolean(exact), 'the switch did not move');
    const { fate, cell } = native(entry);
    const cells = page.getByRole('table', { name: /V\(s\)/ }).getByRole('cell');
    expect((await cells.count()) === 32, `${await cells.count()} cells`);
    for (const index of TEN) {
      const [, value, ...policy] = cell(index);
      const place = cells.nth(index);
      const shown = Number(await place.getAttribute('data-value'));
      expect(Math.abs(shown - value) <= 1e-9, `cell ${index} holds ${shown}, natively ${value}`);
      const actions = (await place.getAttribute('data-policy')).split(' ').map(Number);
      policy.forEach((p, a) => expect(Math.abs(actions[a] - p) <= 1e-9, `cell ${index}: action ${a} is ${actions[a]}, natively ${p}`));
      const words = minus((await place.textContent()).replace(/\s+/g, ' '));
      expect(words.includes(`value ${minus(value.toFixed(2))}`), `cell ${index} says ${words}, its value is ${value}`);
      const [first, second] = [...policy].sort((a, b) => b - a);
      const best = MOVES[policy.indexOf(first)];
      const moves = index !== 31 && first - second > 1e-6;
      expect(!moves || words.includes(`best action ${best}`), `cell ${index} says ${words}, best is ${best}`);
    }
    for (const [name, value] of Object.entries(fate)) {
      const place = page.locator(`.cliff-fate td[data-plan="${exact}"][data-of="${name}"]`);
      const shown = Number(await place.getAttribute('data-value'));
      expect(Math.abs(shown - value) <= 1e-9, `${name} is ${shown}, natively ${value}`);
    }
    const wanted = `returns ${minus(fate.expectedReturn.toFixed(2))} on average`;
    await page.getByRole('status').filter({ hasText: wanted }).waitFor({ timeout: 3000 });
  });
}

await test('the lesson', {}, async (page, expect) => {
  await open(page);
  const status = page.getByRole('status');
  await status.filter({ hasText: 'keeps a row between itself and the edge' }).waitFor({ timeout: 3000 });
  expect((await status.textContent()).includes('promises −3.82 and keeps it'), await status.textContent());
  await page.getByRole('switch').click();
  await status.filter({ hasText: 'goes along the edge' }).waitFor({ timeout: 3000 });
  expect((await status.textContent()).includes('promises 4.32 and keeps −16.22'), await status.textContent());
  const walked = page.getByRole('cell', { name: /on the walk/ });
  expect((await walked.count()) === 10, `${await walked.count()} cells on the walk along the edge`);
});

await test('keyboard and names', {}, async (page, expect) => {
  await open(page);
  const focused = () => page.evaluate(() => document.activeElement.dataset?.of ?? document.activeElement.textContent);
  await page.getByText('before').focus();
  const order = [];
  for (let i = 0; i < 4; i += 1) {
    await page.keyboard.press('Tab');
    order.push(await focused());
  }
  expect(order.join() === 'temperature,slip,exact,after', `Tab goes through ${order}`);
  expect((await page.getByRole('group', { name: /Live demo/ }).count()) === 1, 'the demo has no name');
  const places = await page.getByRole('cell').allTextContents();
  expect(places.filter((text) => /best action (north|east|south|west), \d+ %/.test(text)).length === 25, 'cells lack their best action');
  expect(places.filter((text) => /^\s*cliff, value/.test(text)).length === 6, 'the cliff is not named');
});

for (const colorScheme of ['light', 'dark']) {
  for (const width of [900, 390, 320]) {
    for (const exact of [0, 1]) {
      await test(`${colorScheme}, ${width} wide`, { colorScheme, viewport: { width, height: 900 } }, async (page, expect) => {
        await open(page);
        if (exact) await page.getByRole('switch').check();
        await page.getByRole('status').filter({ hasText: exact ? 'Exact inference promises' : 'The variational policy promises' }).waitFor({ timeout: 3000 });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overflow <= 0, `${overflow} pixels too wide`);
        const boxes = await page.locator('.cliff-grid td').evaluateAll((all) => all.map((td) => {
          const { width, height } = td.getBoundingClientRect();
          return [width, height, td.querySelector('.number').scrollWidth];
        }));
        expect(boxes.every(([w, h]) => w > 25 && Math.abs(w - h) < 1.5), `cells are not square: ${boxes[0]}`);
        expect(boxes.every(([w, , number]) => number < w), 'a number is wider than its cell');
        await page.screenshot({ path: join(pictures, `${colorScheme}-${width}-${exact ? 'exact' : 'variational'}.png`), fullPage: true });
      });
    }
  }
}

async function standsStill(page, expect) {
  await page.goto(pathToFileURL(file).href);
  await page.waitForTimeout(300);
  expect(await page.getByText('The live demo needs JavaScript and WebAssembly').isVisible(), 'no sentence says why');
  expect(await page.getByRole('img', { name: /keeps a row between/ }).isVisible(), 'there is no picture');
  expect(!(await page.locator('.cliff-live').isVisible()), 'dead controls are shown');
}
await test('without scripts', { javaScriptEnabled: false }, standsStill);
await test('without WebAssembly', {}, async (page, expect) => {
  await page.addInitScript(() => { delete globalThis.WebAssembly; });
  await standsStill(page, expect);
});

await browser.close();
console.log(`pictures in ${pictures}`);
console.log(`${passed} passed, ${failed} failed`);
