// Runs examples one after the other and writes what they found, for examples.test.ts.
//   node run-examples.mjs FOLDER COUNT    FOLDER/example-<i>.mjs → FOLDER/outcomes
// Where an example is meant for browsers, this stands in for what a page has.

import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { serialize } from 'node:v8';

const [folder, count] = process.argv.slice(2);
const built = (file) => new URL(`../../build/${file}`, import.meta.url);

globalThis.fetch = async (address) => {
  const url = String(address);
  const packaged = built(url.slice(url.lastIndexOf('/') + 1));
  return new Response(await readFile(url.startsWith('file:') ? fileURLToPath(url) : packaged));
};
globalThis.document = {
  querySelector: () => ({
    files: ['epoch-070.npy', 'labels.npy'].map((name) => new File([readFileSync(name)], name)),
  }),
};
console.log = () => {};

/** A copy as it is now, of what can be sent. */
function plain(value) {
  if (ArrayBuffer.isView(value)) return Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'function') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}

const outcomes = [];
for (let i = 0; i < Number(count); i++) {
  const values = new Map();
  globalThis.check = (index, value) => values.set(index, plain(value));
  try {
    await import(pathToFileURL(join(folder, `example-${i}.mjs`)).href);
    outcomes.push({ values });
  } catch (error) {
    outcomes.push({ values, error: String(error?.stack ?? error) });
  }
}
writeFileSync(join(folder, 'outcomes'), serialize(outcomes));
