/** All simulations at full size: `npm run simulate`. Ends with status 1 where one misses its bar. */

import { excludesEqual, findsBetter } from './compare.js';
import {
  claimsChange,
  claimsStretch,
  coverage,
  EFFECTS,
  findsWrongLabels,
  flagsTails,
  namesCause,
} from './experiments.js';
import { CAUSE_SETS, calibrated, claimsAnything, namesCauses, partCoverage } from './parts.js';

let failed = false;
const started = performance.now();

function tell(what: string, share: number, low: number, high: number, more = ''): void {
  const isFine = share >= low && share <= high;
  failed ||= !isFine;
  const percent = (x: number) => `${(100 * x).toFixed(1)} %`;
  const bar =
    high === 1
      ? `≥ ${percent(low)}`
      : low === 0
        ? `≤ ${percent(high)}`
        : `${percent(low)} … ${percent(high)}`;
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `${isFine ? 'ok  ' : 'MISS'} ${what}: ${percent(share)} (bar ${bar}) ${more}[${seconds} s]`,
  );
}

for (const cause of Object.keys(EFFECTS) as (keyof typeof EFFECTS)[]) {
  const { share, refinement, calibration, causes } = namesCause(cause, 400, 11);
  tell(
    `explain names "${cause}", 400 runs of 2 000 rows`,
    share,
    0.95,
    1,
    `Δrefinement ${refinement.toFixed(1)}, Δcalibration ${calibration.toFixed(1)} standard errors; ${JSON.stringify(causes)} `,
  );
}
tell(
  'explain claims a change of readings alike, 1 000 runs of 2 000 rows',
  claimsChange(1000, 12),
  0,
  0.065,
);
const { heavy, light } = await flagsTails(100, 15);
tell('heavy tails raise the notice, 100 runs', heavy, 1, 1);
tell('light tails raise it, 100 runs', light, 0, 0.01);
const { found, accuracy } = await findsWrongLabels(100, 16);
tell(
  'the 10 % worst rows hold of the wrong labels, 100 runs',
  found,
  0.8,
  1,
  `accuracy by true labels ${(100 * accuracy).toFixed(1)} % `,
);
for (const [name, share] of Object.entries(coverage(4000, 1000, 14))) {
  tell(`95 % intervals hold ${name}, 4 000 dumps of 1 000 rows`, share, 0.935, 0.965);
}
tell(
  'epochs claims a stretch of 20 readings alike, 1 000 runs of 2 000 rows',
  claimsStretch(1000, 20, 13),
  0,
  0.065,
);
for (const by of ['loss', 'accuracy'] as const) {
  tell(
    `compare leaves one of ten equal models out by ${by}, 1 000 runs of 2 000 rows`,
    excludesEqual(by, 1000, 10, 2000, 18),
    0,
    0.065,
  );
  const better = findsBetter(by, 400, 10, 2000, 17);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  tell(
    `compare tells nine equal models from one that is better by ${by}, 400 runs of 2 000 rows`,
    better.toldFrom,
    0.9,
    1,
    `better by ${better.errors.toFixed(1)} standard errors; best ${percent(better.best)}, in the set ${percent(better.inSet)}, alone in it ${percent(better.alone)}; single tests without correction: ${percent(better.pairs)}, all nine ${percent(better.allPairs)} `,
  );
}
for (const classes of [2, 3, 10, 100]) {
  for (const causes of CAUSE_SETS) {
    const { share, sizes, named } = namesCauses(classes, causes, 400, 17);
    tell(
      `explain names ${causes.join(', ')} of ${classes} classes, 400 runs of 2 000 rows`,
      share,
      0.95,
      1,
      `Δscale ${sizes.scale.toFixed(1)}, Δoffsets ${sizes.offsets.toFixed(1)}, Δrefinement ${sizes.refinement.toFixed(1)} standard errors; ${JSON.stringify(named)} `,
    );
  }
  const claims = claimsAnything(classes, 400, 18);
  tell(`explain claims anything of ${classes} classes alike, 400 runs`, claims, 0, 0.065);
}
for (const classes of [2, 3, 10]) {
  for (const [part, share] of Object.entries(partCoverage(classes, 2000, 2000, 19))) {
    tell(`95 % intervals hold ${part} of ${classes} classes, 2 000 dumps`, share, 0.935, 0.965);
  }
}
const { untold, offsets } = calibrated(100, 1000, 400, 20);
tell('offsets of calibrated models of 100 classes, 1 000 rows, are not told', untold, 0.935, 1);
tell('and save out of fold, on average, −0.002 or more', 1 + Math.min(0, offsets), 0.998, 1);
process.exitCode = failed ? 1 : 0;
