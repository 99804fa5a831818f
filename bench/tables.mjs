/** The results as tables: rows of cells with a heading, for the screen and for the documentation. */

const digits = (value, places) => value.toFixed(places);

/** Three significant digits, without an exponent. */
export function short(value) {
  if (value >= 99.95) return Math.round(value).toLocaleString('en-US');
  if (value >= 9.995) return digits(value, 1);
  return digits(value, value >= 0.0995 ? 2 : 3);
}

/** 12.3 M, 456 k. */
export function count(value) {
  const units = [
    [1e9, ' G'],
    [1e6, ' M'],
    [1e3, ' k'],
  ];
  const [size, unit] = units.find(([size]) => value >= 0.9995 * size) ?? [1, ''];
  return size === 1 ? String(Math.round(value)) : short(value / size) + unit;
}

const percent = (share) => `${digits(100 * share, 0)} %`;
const times = (value) => `${short(value)}×`;
const none = '–';

/** The kernel beside and the peers that any of the results were compared with, in the order in which they were looked for. */
const present = (peers, results) =>
  [{ id: 'beside', name: results[0].beside }, ...peers].filter(({ id }) =>
    results.some((result) => result.peers[id] !== undefined),
  );

/** Results by the name of their kernel. */
function groupByKernel(results) {
  const byKernel = new Map();
  for (const result of results) {
    byKernel.set(result.kernel, [...(byKernel.get(result.kernel) ?? []), result]);
  }
  return byKernel;
}

/** For each kernel: own rates, and how many times each peer's time is of the own. */
export function kernelTables({ peers, kernels }) {
  return [...groupByKernel(kernels)].map(([kernel, results]) => {
    const rivals = present(peers, results);
    return {
      title: kernel,
      head: [
        'classes',
        'rows',
        'GB/s',
        'best',
        'spread',
        'rows/s',
        ...rivals.map(({ name }) => name),
      ],
      rows: results.map(({ classes, rows, own, peers: theirs }) => [
        String(classes),
        count(rows),
        short(own.gigabytesPerSecond),
        short(own.bestGigabytesPerSecond),
        percent(own.spread),
        count(own.rowsPerSecond),
        ...rivals.map(({ id }) => (theirs[id] ? times(theirs[id].ratio.median) : none)),
      ]),
    };
  });
}

/** The same in GB/s, each contestant on its own. */
export function rateTables({ peers, kernels }) {
  return [...groupByKernel(kernels)].map(([kernel, results]) => {
    const rivals = present(peers, results);
    const rate = ({ gigabytesPerSecond, spread }) =>
      `${short(gigabytesPerSecond)} ±${digits(50 * spread, 0)} %`;
    return {
      title: `${kernel}, GB/s of each`,
      head: ['classes', 'logitscope', ...rivals.map(({ name }) => name)],
      rows: results.map(({ classes, own, peers: theirs }) => [
        String(classes),
        rate(own),
        ...rivals.map(({ id }) => (theirs[id] ? rate(theirs[id]) : none)),
      ]),
    };
  });
}

export function flatnessTables({ flatness }) {
  const table = (title, points) => ({
    title,
    head: ['classes', 'rows', 'ns per score', 'best', 'spread'],
    rows: points.map(({ classes, rows, nanosecondsPerScore, bestNanosecondsPerScore, spread }) => [
      String(classes),
      count(rows),
      digits(nanosecondsPerScore, 3),
      digits(bestNanosecondsPerScore, 3),
      percent(spread),
    ]),
  });
  return [
    table('cost of a score by length of the row (kernel)', flatness.classes),
    table(
      'cost of a score by number of rows (scorer, from its making to its report)',
      flatness.rows,
    ),
  ];
}

export function pipelineTables({ pipeline }) {
  return [
    {
      title: 'scoreFile, from the page cache to the report',
      head: [
        'format',
        'classes',
        'threads',
        'size',
        'MB/s',
        'best',
        'spread',
        'rows/s',
        'gain',
        'of kernel',
        'diagnosis',
      ],
      rows: pipeline.map((result) => [
        result.format,
        String(result.classes),
        String(result.threads),
        `${count(result.bytes)}B`,
        short(result.megabytesPerSecond),
        short(result.bestMegabytesPerSecond),
        percent(result.spread),
        count(result.rowsPerSecond),
        result.gain ? times(result.gain.median) : none,
        result.ofKernel ? times(result.ofKernel.median) : none,
        result.cost ? times(result.cost.median) : none,
      ]),
    },
  ];
}

export function startTables({ start }) {
  const milliseconds = ({ median, best, spread }) => [
    digits(1000 * median, 0),
    digits(1000 * best, 0),
    percent(spread),
  ];
  return [
    {
      title: 'whole processes',
      head: ['process', 'ms', 'best', 'spread', 'ratio'],
      rows: [
        ['node -e 0', ...milliseconds(start.emptyProcess), none],
        ['logitscope score, 200 rows', ...milliseconds(start.tinyFile), times(start.ratio.median)],
      ],
    },
  ];
}

export function memoryTables({ memory }) {
  const peaks = new Map(memory.map((run) => [`${run.megabytes} ${run.threads}`, run.peakBytes]));
  return [
    {
      title: 'peak memory of logitscope score, npy of 1000 classes',
      head: ['file', 'threads', 'peak RSS', 'with the last thread'],
      rows: memory.map(({ megabytes, threads, peakBytes, skipped }) => {
        const before = peaks.get(`${megabytes} ${threads - 1}`);
        return [
          `${count(megabytes * 1e6)}B`,
          threads === null ? none : String(threads),
          skipped ?? `${digits(peakBytes / 1e6, 0)} MB`,
          before === undefined || skipped ? none : `${digits((peakBytes - before) / 1e6, 0)} MB`,
        ];
      }),
    },
  ];
}

export function sizeTables({ sizes }) {
  const kilobytes = (bytes) => `${digits(bytes / 1024, 1)} KB`;
  return [
    {
      title: 'what browsers load',
      head: ['part', 'size', 'gzip', 'limit'],
      rows: Object.entries(sizes).map(([name, { plain, gzip, limit }]) => [
        name,
        kilobytes(plain),
        kilobytes(gzip),
        limit === undefined ? none : kilobytes(limit),
      ]),
    },
  ];
}

/** A few figures of each kind, for who wants no more. */
export function headlineTable({ kernels, pipeline, start, memory, sizes }) {
  const inMemory = (classes) => {
    const { own, peers } = kernels.find(
      (result) => result.kernel === 'logits f32' && result.classes === classes,
    );
    const rivals = { torch: 'PyTorch', cAvx512: 'the same in C with AVX-512' };
    const beside = Object.entries(rivals)
      .filter(([id]) => peers[id])
      .map(([id, name]) => `${name} takes ${times(peers[id].ratio.median)} the time`);
    return [
      `${classes} logits a row in memory, one thread`,
      [`${short(own.gigabytesPerSecond)} GB/s`, ...beside].join('; '),
    ];
  };
  const fromFile = (format, classes) => {
    const { megabytesPerSecond } = pipeline.find(
      (result) => result.format === format && result.classes === classes && result.threads === 1,
    );
    return [
      `${format} file of ${classes} classes to the whole report, one thread`,
      `${short(megabytesPerSecond)} MB/s`,
    ];
  };
  const largest = memory.findLast(({ skipped }) => !skipped);
  const page = sizes['module and the entry that scores, to begin with'];
  return {
    head: ['what', 'measured'],
    rows: [
      inMemory(10),
      inMemory(1000),
      fromFile('npy', 1000),
      fromFile('CSV', 10),
      [
        'process that scores 200 rows, start to end',
        `${digits(1000 * start.tinyFile.median, 0)} ms`,
      ],
      [
        `peak memory, npy file of ${count(largest.megabytes * 1e6)}B`,
        `${digits(largest.peakBytes / 1e6, 0)} MB`,
      ],
      ['what a page loads to score, with gzip', `${digits(page.gzip / 1024, 1)} KB`],
    ],
  };
}

/** Columns that line up: words to the left, numbers to the right. */
export function asText({ title, head, rows }) {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i].length)));
  const wordy = (i) => rows.some((row) => /^[a-z]/i.test(row[i]));
  const line = (row) =>
    row.map((cell, i) => (wordy(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [title, line(head), rule, ...rows.map(line)].map((text) => text.trimEnd()).join('\n');
}

export function asMarkdown({ head, rows }) {
  const wordy = (i) => rows.some((row) => /^[a-z]/i.test(row[i]));
  const line = (row) => `| ${row.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (wordy(i) ? '---' : '--:'))), ...rows.map(line)].join(
    '\n',
  );
}
