/** A small plot of two series on one axis, in characters. */

/** A series and its scale. */
export interface PlotSeries {
  readonly name: string;
  /** One character. */
  readonly mark: string;
  readonly values: readonly number[];
  readonly format: (value: number) => string;
}

export interface PlotOptions {
  /** Characters of the plot without its scales; default 60. */
  readonly width?: number;
  /** Lines; default 10. */
  readonly height?: number;
}

/** Drawn where both series meet. */
const BOTH = '◆';

/** Drawn at the edge for values beyond it. */
const ABOVE = '▲';
const BELOW = '▼';

/** Smallest and largest finite value; null without one. */
function range(values: readonly number[]): readonly [number, number] | null {
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? null : [Math.min(...finite), Math.max(...finite)];
}

/**
 * The range that a scale covers: without what lies further than three times
 * the interquartile range from the quartiles (Tukey's outer fences), so that
 * the first epoch of a run does not press all others into one line.
 */
function scaleOf(values: readonly number[]): readonly [number, number] | null {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  const margin = 3 * (at(0.75) - at(0.25));
  return range(sorted.filter((value) => value >= at(0.25) - margin && value <= at(0.75) + margin));
}

/**
 * Lines of a plot of two series over the same x, each on its own scale: the
 * first on the left, the second, where there is one, on the right.
 * @param x ascending
 */
export function plotLines(
  x: readonly number[],
  left: PlotSeries,
  right: PlotSeries | null,
  options: PlotOptions = {},
): string[] {
  const { width = 60, height = 10 } = options;
  const series = right === null ? [left] : [left, right];
  const ranges = series.map(({ values }) => scaleOf(values));
  const span = range(x);
  if (span === null || ranges.includes(null)) return [];
  const cells = Array.from({ length: height }, () => new Array<string>(width).fill(' '));
  const beyond = new Set<string>();
  const column = (value: number) =>
    span[0] === span[1] ? 0 : Math.round(((value - span[0]) / (span[1] - span[0])) * (width - 1));
  series.forEach(({ values, mark }, i) => {
    const [low, high] = ranges[i]!;
    values.forEach((value, at) => {
      if (!Number.isFinite(value)) return;
      const share =
        high === low ? 0.5 : (Math.min(Math.max(value, low), high) - low) / (high - low);
      const line = cells[Math.round((1 - share) * (height - 1))];
      const place = column(x[at]);
      const drawn = value > high ? ABOVE : value < low ? BELOW : mark;
      if (drawn !== mark) beyond.add(drawn);
      line[place] = line[place] === ' ' || line[place] === drawn ? drawn : BOTH;
    });
  });
  const scale = ({ format }: PlotSeries, [low, high]: readonly [number, number], line: number) =>
    line === 0 ? format(high) : line === height - 1 ? format(low) : '';
  const leftWidth = Math.max(...ranges[0]!.map((end) => left.format(end).length));
  const lines = cells.map((line, i) => {
    const start = scale(left, ranges[0]!, i).padStart(leftWidth);
    const end = right === null ? '' : scale(right, ranges[1]!, i);
    return `${start} │${line.join('')}│ ${end}`.trimEnd();
  });
  const outside = beyond.size === 0 ? '' : `   ${[...beyond].sort().join(' ')} beyond the scale`;
  const [first, last] = [String(span[0]), String(span[1])];
  const blank = ' '.repeat(Math.max(1, width - first.length - last.length));
  return [
    `${' '.repeat(leftWidth)}  ${series.map(({ mark, name }) => `${mark} ${name}`).join('   ')}${outside}`,
    ...lines,
    `${' '.repeat(leftWidth)} └${'─'.repeat(width)}┘`,
    `${' '.repeat(leftWidth)}  ${first}${blank}${last}`,
  ];
}
