/** `logitscope epochs --follow`: a training run as it goes. */

import { type FollowOptions, followEpochs } from '../node/follow-epochs.js';
import type { EpochLine, EpochsReport } from '../types/epochs.js';
import { quote } from '../types/errors.js';
import { useColour } from './colour.js';
import { LiveRegion } from './live-region.js';

const EXIT_PATIENCE = 1;
/** As shells report a process that a signal ended. */
const EXIT_SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
/** Signals so close are one. */
const TWICE_MS = 500;
type EndSignal = keyof typeof EXIT_SIGNALS;

export interface FollowFlags {
  readonly json: boolean;
  readonly quiet: boolean;
}

/**
 * Follows the run until it ends, shows how it goes, and sets the exit status.
 * @returns the last report; null where following was ended before there was one
 * @throws what {@link followEpochs} throws
 */
export async function followRun(
  patterns: readonly string[],
  options: Omit<FollowOptions, 'signal' | 'onWait'>,
  flags: FollowFlags,
): Promise<EpochsReport | null> {
  const view = await openView(patterns, flags);
  const abort = new AbortController();
  let endedAt = 0;
  const end = (signal: EndSignal) => {
    // Runners such as npx pass on what the terminal has sent already; a second one later is meant.
    if (endedAt > 0 && Date.now() - endedAt > TWICE_MS) process.exit(EXIT_SIGNALS[signal]);
    endedAt ||= Date.now();
    process.exitCode = EXIT_SIGNALS[signal];
    abort.abort();
  };
  for (const signal of Object.keys(EXIT_SIGNALS) as EndSignal[]) process.on(signal, end);
  try {
    const { signal } = abort;
    const run = followEpochs(patterns, { ...options, signal, onWait: view.waits });
    let report: EpochsReport | null = null;
    for (;;) {
      const next = await run.next();
      if (next.done === true) {
        view.clear();
        if (next.value === 'patience') {
          process.exitCode = EXIT_PATIENCE;
          process.stderr.write(`${report?.patience?.text ?? ''}\n`);
        }
        if (report === null) process.stderr.write('Ended before a dump came.\n');
        return report;
      }
      report = next.value;
      view.shows(report);
    }
  } finally {
    view.close();
    for (const signal of Object.keys(EXIT_SIGNALS) as EndSignal[]) {
      process.removeListener(signal, end);
    }
  }
}

/** How a run in progress is shown. */
interface View {
  shows(report: EpochsReport): void;
  waits(name: string, problem: string): void;
  /** Takes away what the report is to replace. */
  clear(): void;
  close(): void;
}

async function openView(patterns: readonly string[], flags: FollowFlags): Promise<View> {
  const { renderEpochLine, renderEpochsLive, latestOf } = await import('../render/epochs-live.js');
  const { renderJsonLine } = await import('../render/json.js');
  if (flags.json || process.stdout.isTTY !== true) {
    const line = (report: EpochsReport) =>
      flags.json ? renderJsonLine(shortOf(report, latestOf(report))) : renderEpochLine(report);
    return {
      shows: (report) => void process.stdout.write(line(report)),
      waits: (_, problem) => {
        if (!flags.quiet) process.stderr.write(`Waiting, for a dump is not whole: ${problem}\n`);
      },
      clear: () => {
        if (!flags.json) process.stdout.write('\n');
      },
      close: () => {},
    };
  }
  const region = new LiveRegion(process.stdout);
  const colour = useColour(process.stdout);
  const following = `Following ${patterns.map((pattern) => quote(pattern).slice(1, -1)).join(' ')}. Ctrl-C ends with the report.`;
  let last: EpochsReport | null = null;
  let waiting: string[] = [];
  const draw = () => {
    const { size } = region;
    const status = [...waiting, following];
    region.draw(
      last === null
        ? status.map((line) => line.slice(0, size.columns))
        : renderEpochsLive(last, status, { ...size, colour }),
    );
  };
  process.stdout.on('resize', draw);
  draw();
  return {
    shows: (report) => {
      last = report;
      waiting = [];
      draw();
    },
    waits: (_, problem) => {
      waiting = [`Waiting, for a dump is not whole: ${problem}`];
      draw();
    },
    clear: () => region.clear(),
    close: () => void process.stdout.off('resize', draw),
  };
}

/** What a line of JSON has of a report. */
function shortOf(report: EpochsReport, latest: EpochsReport['epochs'][number]): EpochLine {
  const { version, task, epochs, best, advice, patience, phases, notices } = report;
  return {
    schema: 'logitscope.epoch/1',
    version,
    task,
    ...latest,
    epochs: epochs.length,
    phase: phases[phases.length - 1] ?? null,
    best,
    advice,
    ...(patience && { patience }),
    notices,
  };
}
