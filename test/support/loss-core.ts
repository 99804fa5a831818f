/** A fresh instance of the module of losses, with a memory of its own. */

import { readFileSync } from 'node:fs';
import { instantiateModule } from '../../src/engine/core.js';
import type { LossCore } from '../../src/engine/loss-core.js';
import { moduleAddress } from '../../src/node/core.js';

export function loadLossCore(): Promise<LossCore> {
  return instantiateModule<LossCore>(readFileSync(moduleAddress('losses', 'simd')));
}
