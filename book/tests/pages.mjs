// Opens every page of the built book from file://, in light and dark, on a desk and on a phone:
// nothing may ask the network, complain on the console, overflow the page or stay unrendered.
//
//     CHROMIUM=/usr/bin/chromium node pages.mjs BOOK_FOLDER PICTURE_FOLDER
import { mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const folder = resolve(process.argv[2]);
const pictures = resolve(process.argv[3]);
const pages = readdirSync(folder).filter((name) => name.endsWith('.html') && name !== 'toc.html' && name !== '404.html');
const schemes = ['light', 'dark'];
const sizes = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

// As root Chromium refuses its sandbox; the rest keeps it quiet and off the network.
const flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: flags });
mkdirSync(pictures, { recursive: true });
const faults = [];

/// What the page itself can tell is wrong with it.
function inspect() {
  const found = [];
  // The page's body scrolls inside `.content`, so that the document itself is never too wide.
  const boxes = [document.documentElement, document.querySelector('.content'), document.querySelector('main')];
  if (boxes.some((box) => box && box.scrollWidth > box.clientWidth)) {
    const width = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > width + 1);
    const culprit = wide.find((e) => !e.closest('.scroll, .figure, .output, pre, .table-wrapper, .katex-mathml'));
    found.push(`wider than the window: ${culprit?.outerHTML.slice(0, 160)}`);
  }
  for (const formula of document.querySelectorAll('main .katex')) {
    const box = formula.querySelector('.katex-html')?.getBoundingClientRect();
    if (!box?.width || !box.height || !formula.querySelector('math')) {
      found.push(`a formula is not rendered: ${formula.textContent.slice(0, 80)}`);
    }
  }
  if (document.querySelector('.katex-error, [data-weave]')) found.push('something was left unrendered');
  const prose = [...document.querySelectorAll('main p, main li, main td')].map((element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll('code, .katex, .demo').forEach((child) => child.remove());
    return copy.textContent;
  });
  for (const text of prose) {
    if (/\$\S|\{\{|\}\}|\{#/.test(text)) found.push(`raw text: ${text.slice(0, 80)}`);
  }
  for (const svg of document.querySelectorAll('main .figure svg')) {
    const named = svg.closest('[aria-label]') ?? svg.querySelector('title, desc');
    if (!named) found.push('a figure has no description');
    const ground = getComputedStyle(svg.closest('.figure')).backgroundColor;
    if (ground !== 'rgb(255, 255, 255)') found.push(`a figure's ground is ${ground}`);
  }
  for (const font of document.fonts) {
    if (font.status === 'error') found.push(`the font ${font.family} did not load`);
  }
  return found;
}

async function open(name, scheme, size) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: sizes[size] });
  const page = await context.newPage();
  const fault = (what) => faults.push(`${name} (${scheme}, ${size}): ${what}`);
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) fault(`asks the network for ${request.url()}`);
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) fault(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => fault(`script: ${error.message}`));
  page.on('requestfailed', (request) => fault(`not found: ${request.url()}`));
  await page.goto(pathToFileURL(join(folder, name)).href);
  await page.evaluate(() => {
    document.querySelectorAll('details').forEach((answer) => (answer.open = true));
    return document.fonts.ready;
  });
  (await page.evaluate(inspect)).forEach(fault);
  await page.screenshot({ path: join(pictures, `${name.replace('.html', '')}-${scheme}-${size}.png`), fullPage: true });
  await context.close();
}

/// The search finds a word of the book, without a server.
async function search() {
  const page = await browser.newPage();
  await page.goto(pathToFileURL(join(folder, 'index.html')).href);
  await page.keyboard.press('s');
  await page.locator('#mdbook-searchbar').pressSequentially('kinglet');
  try {
    await page.locator('#mdbook-searchresults a').first().waitFor({ timeout: 10000 });
  } catch {
    faults.push('the search finds nothing');
  }
  await page.close();
}

for (const name of pages) {
  for (const scheme of schemes) {
    for (const size of Object.keys(sizes)) await open(name, scheme, size);
  }
  console.log(`${name} opened`);
}
await search();
await browser.close();
faults.forEach((fault) => console.log(fault));
console.log(`${pages.length} pages, ${faults.length} faults; pictures in ${pictures}`);
process.exit(faults.length > 0 || pages.length === 0 ? 1 : 0);
