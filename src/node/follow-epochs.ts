/** A training run as it goes: its dumps are read as they come. */

import { closeSync, openSync, readSync } from 'node:fs';
import type { ScoredDump } from '../run/read-dumps.js';
import { NameOrder } from '../run/row-names.js';
import { type EpochName, EpochSeries } from '../run/score-epochs.js';
import type { EpochsReport } from '../types/epochs.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import type { Notice } from '../types/report.js';
import { checkThreads } from '../workers/threads.js';
import { scoreInOrder } from './dump-series.js';
import { DumpWatch } from './dump-watch.js';
import { type EpochsFilesOptions, epochNumbers } from './epochs-files.js';
import { natural, otherFiles } from './several-files.js';

const PURPOSE = { command: 'epochs' };
const INTERVAL_MS = 2000;
/** A dump that cannot be read and stands still for so long is an error, where `idle` does not say. */
const STUCK_MS = 600_000;

/** Options of {@link followEpochs}. */
export interface FollowOptions extends Omit<EpochsFilesOptions, 'onEpoch'> {
  /** Milliseconds between looks at the folders, and for which a dump has to stand still; default 2000. */
  readonly interval?: number | undefined;
  /** Ends when no dump came or changed for so many milliseconds; default: never. */
  readonly idle?: number | undefined;
  /** Ends when none of so many last epochs is better than the best before them, beyond chance. */
  readonly patience?: number | undefined;
  /** Ends when it is aborted, after the dump that is being read. */
  readonly signal?: AbortSignal | undefined;
  /** Called when a dump stands still and cannot be read as it is: it is waited for. */
  readonly onWait?: ((name: string, problem: string) => void) | undefined;
}

/** Why following ended. */
export type FollowEnd = 'idle' | 'patience' | 'stopped';

/**
 * Follows a training run: yields the report of the epochs so far after every dump that comes, as
 * `epochsFiles` would make it. Each dump is read once, when its size and time of change have
 * stood still and it can be read as a whole; one that is written again takes its own place. Dumps
 * that are deleted once they were read stay in the report.
 *
 * @param patterns paths, patterns with `*`, or folders, of files that need not be there yet
 * @returns (as the generator's last value) why it ended
 * @throws InputError where a dump is refused: `epochs-differ`; where it stays cut short for as long as `idle`, or ten
 *   minutes, what reading says; `no-such-file` when none came for as long as `idle`
 * @throws UsageError where options do not fit; `bad-option`
 * @example
 * ```ts
 * import { followEpochs } from 'logitscope';
 * const labels = 'labels.npy';
 * const run = followEpochs(['epoch-*.npy'], { labels, interval: 20, idle: 60 });
 * let best = 0;
 * for await (const report of run) best = report.best[0].epoch;
 * best; // 24
 * ```
 */
export async function* followEpochs(
  patterns: readonly string[],
  options: FollowOptions = {},
): AsyncGenerator<EpochsReport, FollowEnd, undefined> {
  const { interval = INTERVAL_MS, idle, signal } = options;
  checkThreads(options.threads ?? 'auto');
  requirePositive({ interval, idle, patience: options.patience });
  const run = new FollowedRun(patterns, options, interval);
  let hasReport = false;
  try {
    while (!signal?.aborted) {
      for (const dump of await run.ready()) {
        if (signal?.aborted) break;
        const report = await run.read(dump);
        if (report === null) continue;
        hasReport = true;
        yield report;
        if (report.patience?.isOver) return 'patience';
      }
      if (idle !== undefined && run.stillFor >= idle) {
        run.requireWhole();
        if (hasReport) return 'idle';
        throw nothingCame(patterns, idle);
      }
      await run.wait(signal);
    }
    return 'stopped';
  } finally {
    run.close();
  }
}

function requirePositive(options: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(options)) {
    const isCount = name !== 'patience' || Number.isSafeInteger(value);
    if (value === undefined || (value > 0 && value < Number.POSITIVE_INFINITY && isCount)) continue;
    throw new UsageError(
      'bad-option',
      `${name} must be a ${name === 'patience' ? 'whole ' : ''}number above 0; found ${value}.`,
    );
  }
}

function nothingCame(patterns: readonly string[], idle: number): InputError {
  return new InputError('no-such-file', {
    source: patterns.join(', '),
    problem: `no dump came within ${idle / 1000} s`,
    expected: 'the dumps of a run, one per epoch',
    advice: 'Check the pattern and the folder the command runs in.',
  });
}

/** A dump that is ready to be read. */
interface ReadyDump {
  readonly path: string;
  readonly part: Part;
}

/** The dumps of one kind of rows: validation or training. */
interface Part {
  readonly watch: DumpWatch;
  readonly labels: string | undefined;
  /** Dumps that were read. */
  readonly taken: Set<string>;
  /** Names of rows that all dumps are held against. */
  order: NameOrder;
  readonly put: (source: EpochName, scored: ScoredDump) => void;
}

class FollowedRun {
  readonly #options: FollowOptions;
  readonly #series = new EpochSeries();
  readonly #validation: Part;
  readonly #train: Part | null;
  /** Dumps that were written again. */
  readonly #again = new Set<string>();
  /** What reading said of dumps that are waited for. */
  readonly #cut = new Map<string, InputError>();

  constructor(patterns: readonly string[], options: FollowOptions, interval: number) {
    const { labels, train = [], trainLabels } = options;
    const { weights, id, by, cluster } = options;
    const others = otherFiles([labels, trainLabels, weights, id, by, cluster]);
    const part = (of: readonly string[], targets: string | undefined, put: Part['put']): Part => ({
      watch: new DumpWatch(of, interval, others),
      labels: targets,
      taken: new Set(),
      order: new NameOrder(),
      put,
    });
    this.#options = options;
    this.#validation = part(patterns, labels, (source, scored) => this.#series.put(source, scored));
    this.#train =
      train.length === 0
        ? null
        : part(train, trainLabels, (source, scored) => this.#series.putTrain(source, scored));
  }

  get #parts(): Part[] {
    return this.#train === null ? [this.#validation] : [this.#train, this.#validation];
  }

  get stillFor(): number {
    return Math.min(...this.#parts.map(({ watch }) => watch.stillFor));
  }

  /** Dumps that are ready, those of the training rows first, each kind in the order of the epochs. */
  async ready(): Promise<ReadyDump[]> {
    const ready: ReadyDump[] = [];
    for (const part of this.#parts) {
      const paths = (await part.watch.look()).sort(natural.compare);
      const numbers = epochNumbers(paths);
      const order = paths.map((path, i) => ({ path, number: numbers[i] }));
      order.sort((a, b) => a.number - b.number);
      for (const { path } of order) ready.push({ path, part });
    }
    return ready;
  }

  /**
   * Reads a dump.
   * @returns the report with it; null where the dump is not whole, or its epoch still lacks one
   */
  async read({ path, part }: ReadyDump): Promise<EpochsReport | null> {
    const { watch, taken, labels } = part;
    // Names of a dump that turns out not to be whole are not those of the run.
    const order = taken.size === 0 ? new NameOrder() : part.order;
    const source = { epoch: 0, name: path };
    let scored: ScoredDump | null = null;
    try {
      scored = await scoreInOrder(path, { ...this.#options, labels }, order, PURPOSE);
      if (!watch.isUnchanged(path)) return null;
      part.put(source, scored);
    } catch (error) {
      if (!watch.isUnchanged(path)) return null;
      const isShort = scored !== null && scored.scorer.rowsSeen < (this.#series.rows ?? 0);
      if (!mayBeCut(path, error, isShort)) throw error;
      const longest = this.#options.idle ?? STUCK_MS;
      if (watch.retry(path, longest) >= longest) throw error;
      this.#cut.set(path, error);
      this.#options.onWait?.(path, error.message);
      return null;
    }
    this.#cut.delete(path);
    part.order = order;
    taken.add(path);
    if (watch.take(path)) this.#again.add(path);
    return this.#report(path);
  }

  /** @throws InputError where a dump stands as it could not be read */
  requireWhole(): void {
    for (const [path, error] of this.#cut) {
      if (this.#parts.some(({ watch }) => watch.isUnchanged(path))) throw error;
    }
  }

  /** Null while there is no epoch whose dumps were all read. */
  #report(latest: string): EpochsReport | null {
    const [validation, train] = this.#epochs();
    if (validation.length === 0) return null;
    const { labels, level, withChange, patience } = this.#options;
    const at = [...validation, ...train].find(({ name }) => name === latest);
    if (at === undefined) return null;
    return this.#series.report({
      validation,
      train,
      labels,
      level,
      withChange,
      patience,
      latest: at.epoch,
      notices: [...againNotices(this.#again)],
    });
  }

  /** The epochs whose dumps were read: of the training rows, too, where these are followed. */
  #epochs(): readonly [EpochName[], EpochName[]] {
    const validation = named(this.#validation.taken);
    if (this.#train === null) return [validation, []];
    const train = named(this.#train.taken);
    const have = (list: readonly EpochName[]) => new Set(list.map(({ epoch }) => epoch));
    const [inTrain, inValidation] = [have(train), have(validation)];
    return [
      validation.filter(({ epoch }) => inTrain.has(epoch)),
      train.filter(({ epoch }) => inValidation.has(epoch)),
    ];
  }

  /** Resolves when it is time to look again. */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    // Ends the other wait, too, whose timer would hold the process.
    const ended = new AbortController();
    const signals = signal === undefined ? [ended.signal] : [ended.signal, signal];
    await Promise.race(this.#parts.map(({ watch }) => watch.wait(signals)));
    ended.abort();
  }

  close(): void {
    for (const { watch } of this.#parts) watch.close();
  }
}

/** Epochs by number. */
function named(paths: ReadonlySet<string>): EpochName[] {
  const names = [...paths].sort(natural.compare);
  const numbers = epochNumbers(names);
  return names.map((name, i) => ({ epoch: numbers[i], name })).sort((a, b) => a.epoch - b.epoch);
}

/** What reading an npy file, or labels beside it, says of one that is not whole. */
const CUT_CODES: ReadonlySet<string> = new Set(['truncated', 'empty-input', 'file-not-found']);

/**
 * Whether a dump that stands still may yet grow into one that can be read. An npy file says how
 * long it will be; of other formats any piece that cannot be read may be the beginning of a whole.
 * @param isShort whether it was read and has fewer rows than the others
 */
function mayBeCut(path: string, error: unknown, isShort: boolean): error is InputError {
  if (!(error instanceof InputError)) return false;
  if (CUT_CODES.has(error.code)) return true;
  if (isNpy(path)) return false;
  return error.code !== 'epochs-differ' || isShort;
}

/** By its first bytes. */
function isNpy(path: string): boolean {
  const magic = Buffer.alloc(6);
  try {
    const file = openSync(path, 'r');
    try {
      return readSync(file, magic, 0, 6, 0) === 6 && magic.toString('latin1') === '\x93NUMPY';
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

function* againNotices(again: ReadonlySet<string>): Generator<Notice> {
  if (again.size === 0) return;
  const names = [...again];
  const shown = names.slice(0, 3).map(quote).join(', ');
  yield {
    code: 'written-again',
    message: `${names.length === 1 ? 'A dump was' : `${names.length} dumps were`} written again after being read: ${shown}${names.length > 3 ? ', …' : ''}. The report has what each held last. Is this still one run?`,
    evidence: { dumps: names.length },
  };
}
