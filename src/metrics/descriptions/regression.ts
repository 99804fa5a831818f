/** Metrics of predicted values. */

import type { MetricDescription } from '../../types/metric-description.js';
import { describeGroup } from './build.js';

/** Every metric of a report about values, in its order. */
export const regressionDescriptions: readonly MetricDescription[] = [
  ...describeGroup('regression', 'errors', true, [
    ['mse', 'Mean squared error', 'mean (y − ŷ)²'],
    ['rmse', 'Root of the mean squared error, in the unit of the targets', '√mse'],
    ['mae', 'Mean absolute error', 'mean |y − ŷ|'],
    ['median_absolute_error', 'Median of the absolute errors', 'median |y − ŷ|'],
    ['max_error', 'Largest absolute error', 'max |y − ŷ|'],
    ['mean_error', 'Mean of prediction minus target; positive is too high', 'mean (ŷ − y)'],
    ['mape', 'Mean absolute error as a share of the target', 'mean |y − ŷ| / |y|'],
    ['msle', 'Mean squared error of logarithms', 'mean (log(1 + y) − log(1 + ŷ))²'],
    [
      'pinball_<q>',
      'Pinball loss of predictions of the quantile q',
      'mean max(q·(y − ŷ), (q − 1)·(y − ŷ))',
    ],
    ['poisson_deviance', 'Mean Poisson deviance (Tweedie, power 1)', '2·mean(y·log(y/ŷ) − y + ŷ)'],
    ['gamma_deviance', 'Mean gamma deviance (Tweedie, power 2)', '2·mean(log(ŷ/y) + y/ŷ − 1)'],
  ]),
  ...describeGroup('regression', 'explained', true, [
    ['r2', 'Share of the variance that is explained', '1 − mse / Var(y)'],
    [
      'explained_variance',
      'Share of the variance that is explained, a constant offset forgiven',
      '1 − Var(y − ŷ) / Var(y)',
    ],
    [
      'd2_absolute_error',
      'Share of the mean absolute error of the median that is gone',
      '1 − mae / mean |y − median(y)|',
    ],
    [
      'd2_tweedie_1',
      'Share of the Poisson deviance of the mean that is gone',
      '1 − D(y, ŷ) / D(y, ȳ)',
    ],
    [
      'd2_tweedie_2',
      'Share of the gamma deviance of the mean that is gone',
      '1 − D(y, ŷ) / D(y, ȳ)',
    ],
  ]),
];
