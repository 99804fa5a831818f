/** The direction of imports, and what the package promises about itself. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../src/version.js';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** A folder may import from itself and from those to its right. */
const ALLOWED: Record<string, string[]> = {
  types: [],
  arrays: ['types'],
  engine: ['types'],
  reference: ['types'],
  tallies: ['types'],
  formats: ['types'],
  intake: ['formats', 'types'],
  metrics: ['arrays', 'engine', 'reference', 'tallies', 'types'],
  diagnosis: ['arrays', 'engine', 'reference', 'metrics', 'tallies', 'types'],
  report: ['diagnosis', 'ranking', 'metrics', 'tallies', 'types', '.'],
  render: ['types'],
  schema: ['types'],
  losses: ['arrays', 'engine', 'reference', 'types'],
  ranking: ['arrays', 'metrics', 'tallies', 'engine', 'reference', 'types'],
  tasks: ['report', 'diagnosis', 'metrics', 'tallies', 'types', '.'],
  run: [
    'tasks',
    'report',
    'diagnosis',
    'metrics',
    'tallies',
    'intake',
    'engine',
    'reference',
    'types',
    '.',
  ],
  workers: ['arrays', 'run', 'tasks', 'intake', 'engine', 'types'],
  node: ['workers', 'losses', 'run', 'tasks', 'diagnosis', 'intake', 'formats', 'engine', 'types'],
  browser: [
    'diagnosis',
    'workers',
    'losses',
    'metrics',
    'ranking',
    'report',
    'run',
    'render',
    'formats',
    'intake',
    'engine',
    'types',
    '.',
  ],
  cli: ['diagnosis', 'node', 'losses', 'metrics', 'run', 'render', 'schema', 'types', '.'],
  '.': [
    'diagnosis',
    'node',
    'losses',
    'metrics',
    'ranking',
    'render',
    'report',
    'run',
    'formats',
    'types',
  ],
};

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);
const folderOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '.');

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?'([^']+)'/g)].map((match) => match[1]);
}

describe('imports', () => {
  it.each(files)('of %s point one way', (file) => {
    const folder = folderOf(file);
    expect(ALLOWED).toHaveProperty([folder]);
    for (const specifier of importsOf(file)) {
      if (!specifier.startsWith('.')) {
        if (specifier.startsWith('node:')) expect(['node', 'cli']).toContain(folder);
        continue;
      }
      const target = relative(SRC, normalize(join(SRC, dirname(file), specifier)));
      expect(target.startsWith('..'), `${file} imports ${specifier}`).toBe(false);
      const to = folderOf(target);
      if (to !== folder) expect(ALLOWED[folder], `${file} imports ${specifier}`).toContain(to);
    }
  });
});

/** Names of functions of more than 80 lines: Biome has put their ends where they begin. */
function longFunctions(file: string): string[] {
  const lines = readFileSync(join(SRC, file), 'utf8').split('\n');
  return lines.flatMap((line, from) => {
    const opens =
      /^(?: {2})?(?:export )?(?:default )?(?:static )?(?:async )?(?:function\*? |constructor\(|(?:get |set )?[#\w]+(?:<[^(]*>)?\()/.test(
        line,
      );
    // Members of interfaces and calls end where they begin.
    if (!opens || line.endsWith(';')) return [];
    const indent = /^ */.exec(line)![0];
    const length = lines.slice(from).indexOf(`${indent}}`) + 1;
    return length > 80 ? [`${file}: ${line.trim()} (${length} lines)`] : [];
  });
}

describe('the way of a row', () => {
  it('has no import circle, of types neither', () => {
    const own = files;
    const graph = new Map(
      own.map((file) => [
        file,
        importsOf(file)
          .filter((specifier) => specifier.startsWith('.'))
          .map((specifier) => relative(SRC, normalize(join(SRC, dirname(file), specifier))))
          .map((target) => target.replace(/\.js$/, '.ts'))
          .filter((target) => own.includes(target)),
      ]),
    );
    const done = new Set<string>();
    const circleFrom = (file: string, path: readonly string[]): readonly string[] | null => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
      if (done.has(file)) return null;
      for (const next of graph.get(file)!) {
        const circle = circleFrom(next, [...path, file]);
        if (circle !== null) return circle;
      }
      done.add(file);
      return null;
    };
    // Types of what travels between the layers name each other.
    const circles = own
      .filter((file) => !file.startsWith('types/'))
      .map((file) => circleFrom(file, []));
    expect(circles.filter((circle) => circle?.some((file) => !file.startsWith('types/')))).toEqual(
      [],
    );
  });

  it('has files of one idea', () => {
    const long = files.filter(
      (file) => readFileSync(join(SRC, file), 'utf8').split('\n').length > 401,
    );
    expect(long).toEqual([]);
    expect(files.flatMap(longFunctions)).toEqual([]);
  });
});

describe('the package', () => {
  const manifest = JSON.parse(readFileSync(join(SRC, '../package.json'), 'utf8'));

  it('has the version that the code reports', () => {
    expect(manifest.version).toBe(VERSION);
  });

  it('has few dependencies, and none that runs something at install', () => {
    expect(Object.keys(manifest.dependencies).sort()).toEqual([
      '@assemblyscript/loader',
      'commander',
      'fflate',
      'hyparquet-compressors',
      'hyparquet-writer',
      'tinyglobby',
    ]);
    const lock = JSON.parse(readFileSync(join(SRC, '../package-lock.json'), 'utf8'));
    for (const name of Object.keys(manifest.dependencies)) {
      expect(lock.packages[`node_modules/${name}`].hasInstallScript).toBeUndefined();
    }
  });

  it('exports what it documents', async () => {
    expect(Object.keys(await import('../../src/index.js')).sort()).toEqual([
      'InputError',
      'LogitscopeError',
      'MISSING_TARGET',
      'NO_LARGEST',
      'RowStatus',
      'STATUS_MASK',
      'STATUS_TIED',
      'ScoreBins',
      'UsageError',
      'VERSION',
      'accuracyScore',
      'applyCalibration',
      'auc',
      'averagePrecisionScore',
      'balancedAccuracyScore',
      'bestThreshold',
      'binaryCrossEntropy',
      'binaryCrossEntropyWithLogits',
      'bootstrapInterval',
      'bootstrapLabelScores',
      'brierScoreLoss',
      'calibrateFile',
      'calibrationCurve',
      'calibrationErrorNull',
      'calibrationGap',
      'checkGradient',
      'classificationReport',
      'cohenKappaScore',
      'combineLosses',
      'compareFiles',
      'confusionMatrix',
      'createScorer',
      'crossEntropy',
      'd2AbsoluteErrorScore',
      'd2PinballScore',
      'd2TweedieScore',
      'defineLoss',
      'defineMetric',
      'describeMetric',
      'elbo',
      'encodeNpy',
      'epochsFiles',
      'expectedCalibrationError',
      'explainFiles',
      'explainedVarianceScore',
      'f1Score',
      'fbetaScore',
      'fitRecalibration',
      'fitTemperature',
      'followEpochs',
      'ganDiscriminatorLoss',
      'ganGeneratorLoss',
      'gaussianKl',
      'gaussianNllLoss',
      'hammingLoss',
      'hingeLoss',
      'huberLoss',
      'inspectFile',
      'isotonicDecomposition',
      'jaccardScore',
      'klDivLoss',
      'l1Loss',
      'l1Penalty',
      'l2Penalty',
      'logCoshLoss',
      'logLoss',
      'losses',
      'matthewsCorrcoef',
      'maxError',
      'maximumCalibrationError',
      'mcnemarTest',
      'meanAbsoluteError',
      'meanAbsolutePercentageError',
      'meanGammaDeviance',
      'meanPinballLoss',
      'meanPoissonDeviance',
      'meanReciprocalRank',
      'meanSquaredError',
      'meanSquaredLogError',
      'meanTweedieDeviance',
      'medianAbsoluteError',
      'metricDescriptions',
      'mseLoss',
      'multiMarginLoss',
      'multilabelConfusionMatrix',
      'multilabelScores',
      'nllLoss',
      'onlyMetrics',
      'poissonNllLoss',
      'prAucTrapezoid',
      'precisionRecallCurve',
      'precisionScore',
      'quantileLoss',
      'r2Score',
      'recalibrate',
      'recallScore',
      'renderCompareCsv',
      'renderCompareText',
      'renderCsv',
      'renderEpochsCsv',
      'renderEpochsText',
      'renderExplainCsv',
      'renderExplainText',
      'renderInspectText',
      'renderJson',
      'renderText',
      'riskCoverage',
      'rocAucScore',
      'rocCurve',
      'rootMeanSquaredError',
      'scoreArrays',
      'scoreFile',
      'sigmoidFocalLoss',
      'smoothL1Loss',
      'softMarginLoss',
      'softmaxFocalLoss',
      'specificityScore',
      'squaredCalibrationError',
      'squaredHingeLoss',
      'temperatureScale',
      'thresholdTable',
      'topKAccuracyScore',
      'zeroOneLoss',
    ]);
  });
});
