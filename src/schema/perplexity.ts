/** Schema of what `perplexity` reports. */

import type { PerplexityReport } from '../types/perplexity.js';
import { count, exactly, maybe, object, text } from './node.js';
import { gates, metrics, notices } from './parts.js';

/** What `perplexity --json` writes. */
export const perplexityReport = object<PerplexityReport>(
  'perplexity',
  'How well a model foresees text.',
  {
    schema: exactly('logitscope.perplexity/1'),
    version: text('of logitscope'),
    source: text('the file as it was named'),
    documents: count('documents'),
    tokens: maybe(count('tokens in all documents, where records say')),
    bytes: maybe(count('bytes in all documents, where records say')),
    words: maybe(count('words in all documents, where records say')),
    metrics,
    notices,
    gates,
  },
);
