/** Finds the name that a misspelt one was meant to be. */

/** Names that are longer than this, or past this many, are not compared. */
const NEAREST_LENGTH = 64;
const NEAREST_NAMES = 2000;

/** The name with the smallest edit distance, if it is near enough to be a slip. */
export function nearest(name: string, available: readonly string[]): string | null {
  if (name.length > NEAREST_LENGTH) return null;
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of available.slice(0, NEAREST_NAMES)) {
    if (candidate.length > NEAREST_LENGTH || candidate.length === 0) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance && distance < candidate.length) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
