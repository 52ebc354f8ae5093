// Every relative link in the documents leads to a file: a guided tour with a broken step is none.
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const documents = globSync('*.md', { cwd: root });
const broken = documents.flatMap((document) => {
  const links = [...readFileSync(path.join(root, document), 'utf8').matchAll(/\]\(([^)#\s]+)\)/g)];
  return links
    .map((match) => match[1] ?? '')
    .filter((link) => !link.includes('://') && !existsSync(path.join(root, link)))
    .map((link) => `${document}: ${link}`);
});

for (const line of broken) process.stdout.write(`broken link in ${line}\n`);
process.exitCode = broken.length > 0 ? 1 : 0;
