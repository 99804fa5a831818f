/** What the package exports, read from its entries. */

import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/**
 * Exports of both entries. What only differs in where the core comes from
 * (`createScorer` …) counts once, as the main entry has it.
 * @param src path of src/
 * @returns name, whether it is a type, and the file that it comes from, relative to src/
 */
export function exportsOf(src) {
  const found = new Map();
  for (const entry of ['index.ts', 'browser/index.ts']) collect(src, entry, found);
  return [...found.values()];
}

/** Adds the exports of a file to those found, and those of files whose exports are all passed on. */
function collect(src, file, found) {
  const text = readFileSync(join(src, file), 'utf8');
  const fileOf = (path) => posix.join(posix.dirname(file), path.replace(/\.js$/, '.ts'));
  for (const [, path] of text.matchAll(/export \* from '([^']+)'/g)) {
    collect(src, fileOf(path), found);
  }
  for (const [, type, names, path] of text.matchAll(/export (type )?\{([^}]*)\} from '([^']+)'/g)) {
    for (const part of names.split(',')) {
      const [, alone, name] = /^\s*(type )?\s*(\w*)\s*$/.exec(part);
      if (name && !found.has(name)) {
        found.set(name, { name, isType: Boolean(type || alone), from: fileOf(path) });
      }
    }
  }
}
