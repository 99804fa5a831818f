/** What a scorer keeps of columns of text: slices, and clusters of rows. */

import { clusterReport } from '../../metrics/cluster-report.js';
import { sliceReport } from '../../metrics/slice-report.js';
import { ClusterTally } from '../../tallies/cluster-tally.js';
import { SliceTally } from '../../tallies/slice-tally.js';
import { requireRecord, requireText } from '../../tallies/state-check.js';
import { UsageError } from '../../types/errors.js';
import type { TextRole } from '../../types/row-texts.js';
import type { Readings, ScoredRows } from '../../types/rows.js';
import type { PartFacts, PartReport, ScorerPart } from '../../types/scorer-part.js';
import type { ScorerOptions } from '../scorer-options.js';

/** A tally of rows by a text. */
interface TextTally<Self> {
  add(rows: ScoredRows, texts: readonly string[]): void;
  merge(other: Self): void;
  toJSON(): unknown;
  addState(state: unknown): void;
}

interface TextPartOptions<Tally> {
  readonly name: string;
  readonly role: TextRole;
  /** Name of the column or file. */
  readonly by: string;
  readonly create: () => Tally;
  readonly report: (tally: Tally, facts: PartFacts, by: string) => PartReport;
}

class TextPart<Tally extends TextTally<Tally>> implements ScorerPart {
  readonly name: string;
  readonly #options: TextPartOptions<Tally>;
  readonly #tally: Tally;

  constructor(options: TextPartOptions<Tally>) {
    this.name = options.name;
    this.#options = options;
    this.#tally = options.create();
  }

  /** The scorer has seen to it that the texts are there. */
  add(rows: ScoredRows): void {
    this.#tally.add(rows, rows.texts![this.#options.role]!);
  }

  merge(other: TextPart<Tally>): void {
    this.#requireSameColumn(other.#options.by);
    this.#tally.merge(other.#tally);
  }

  read(state: unknown): TextPart<Tally> {
    const { by, tally } = requireRecord(state, `the ${this.name}`);
    this.#requireSameColumn(requireText(by, 'the name of a column'));
    const part = new TextPart(this.#options);
    part.#tally.addState(tally);
    return part;
  }

  #requireSameColumn(by: string): void {
    if (by === this.#options.by) return;
    throw new UsageError(
      'state-mismatch',
      `Cannot merge ${this.name} by ${JSON.stringify(this.#options.by)} and by ${JSON.stringify(by)}.`,
    );
  }

  toJSON(): unknown {
    return { by: this.#options.by, tally: this.#tally.toJSON() };
  }

  toThread(): unknown {
    return this.toJSON();
  }

  report(facts: PartFacts): PartReport {
    return this.#options.report(this.#tally, facts, this.#options.by);
  }
}

/** The parts that the options ask for. */
export function makeTextParts(
  readings: Readings,
  { by, cluster, weighted = false, compared = false }: ScorerOptions,
  classWeights: Float64Array | null,
): ScorerPart[] {
  const parts: ScorerPart[] = [];
  if (by !== undefined) {
    parts.push(
      new TextPart<SliceTally>({
        name: 'slices',
        role: 'by',
        by,
        create: () => new SliceTally(by, weighted, classWeights, readings),
        report: (tally) => ({ slices: sliceReport(by, tally.slices(), weighted, readings) }),
      }),
    );
  }
  // Comparisons have tests of their own for clusters.
  if (cluster !== undefined && !compared) {
    parts.push(
      new TextPart<ClusterTally>({
        name: 'clusters',
        role: 'cluster',
        by: cluster,
        create: () => new ClusterTally(cluster, weighted, classWeights, readings),
        report: (tally, { metrics }) => clusterReport(cluster, tally.summary(), metrics, readings),
      }),
    );
  }
  return parts;
}
