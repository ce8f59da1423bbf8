// Follows every link of the built book, to pages, headings, equations and files of the repository.
// What lies on the network is left alone, so that the check runs without one.
//
//     node links.mjs BOOK_FOLDER
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { LinkChecker, LinkState } from 'linkinator';

const folder = resolve(process.argv[2]);
const root = resolve(import.meta.dirname, '../..');
const pages = readdirSync(folder).filter((name) => name.endsWith('.html'));

const result = await new LinkChecker().check({
  path: pages.map((name) => relative(root, join(folder, name))),
  serverRoot: root,
  checkFragments: true,
  linksToSkip: async (link) => !/^http:\/\/localhost:/.test(link),
});

const broken = result.links.filter((link) => link.state === LinkState.BROKEN);
for (const { parent, url, status } of broken) {
  console.log(`${parent ?? 'a page'}: ${url} is broken (${status})`);
}
const followed = result.links.filter((link) => link.state === LinkState.OK).length;
console.log(`${pages.length} pages, ${followed} links followed, ${broken.length} broken`);
process.exit(broken.length > 0 || followed === 0 ? 1 : 0);
