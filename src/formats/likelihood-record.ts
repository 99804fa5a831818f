/**
 * Log-probabilities of text in one record: of lm-evaluation-harness (`loglikelihood`,
 * `loglikelihood_rolling`), or per token as chat and completion interfaces give them
 * (`logprobs.content[]`, `tokens` and `token_logprobs`).
 */

import { quote } from '../types/errors.js';
import type { TextLikelihood } from '../types/perplexity.js';
import { answersOf, isLikelihood, numberOf, RecordFault } from './choice-record.js';
import {
  isList,
  isObject,
  type JsonObject,
  type JsonValue,
  own,
  shown,
  valueAtPath,
} from './json-value.js';

/** Where log-probabilities of tokens lie in a record, the nearest first. */
const PLACES = [
  'logprobs',
  'choices.0.logprobs',
  'response.choices.0.logprobs',
  'response.body.choices.0.logprobs',
  'body.choices.0.logprobs',
];

/** What interfaces write for a token of almost no probability. */
const FLOOR = -9999;
/** Logarithms of probabilities lie below 0, but for their rounding. */
const MOST = 1e-3;

/** Blanks as Python's `\s` has them: the separators of files, groups, records and units, too. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones.
const BLANKS = /[\p{White_Space}\x1c-\x1f]+/u;

const bytesOf = (text: string) => new TextEncoder().encode(text).length;
/** Words as lm-evaluation-harness counts them: one more than there are gaps. */
const wordsOf = (text: string) => text.split(BLANKS).length;

/** @throws RecordFault where a record holds no log-probabilities, or none that can be */
export function textLikelihood(record: JsonObject): TextLikelihood {
  for (const place of PLACES) {
    const found = valueAtPath(record, place);
    if (isObject(found)) return ofTokens(found);
    if (isList(found) && found.every(isObject)) return ofTokens({ content: found });
  }
  if (isList(own(record, 'token_logprobs'))) return ofTokens(record);
  const answers = answersOf(record);
  if (answers !== null && answers.length === 1) {
    const [answer] = answers as [JsonValue];
    if (isLikelihood(answer)) return ofAnswer(record, answer as readonly JsonValue[]);
    const value = numberOf(isList(answer) && answer.length === 1 ? answer[0] : answer);
    if (value !== null) return ofDocument(record, value);
  }
  throw new RecordFault(
    'no-likelihoods',
    answers === null ? 'logprobs' : 'filtered_resps',
    'the record holds no log-probabilities of a text',
    answers !== null && answers.length > 1
      ? `${answers.length} answers`
      : `fields ${Object.keys(record).slice(0, 12).map(quote).join(', ')}`,
    'logprobs of tokens, or one log-likelihood in filtered_resps',
    'Log-likelihoods of several choices are for logitscope score.',
  );
}

/** One log-likelihood of a whole document; what it was divided by stands in its metrics. */
function ofDocument(record: JsonObject, value: number): TextLikelihood {
  const logLikelihood = requireLogarithm(value, 'filtered_resps');
  const target = own(record, 'target');
  const asked =
    valueAtPath(record, 'arguments.gen_args_0.arg_0') ?? valueAtPath(record, 'arguments.0.0');
  const text = typeof target === 'string' ? target : typeof asked === 'string' ? asked : null;
  const counted = (names: readonly string[]) => {
    for (const name of names) {
      const pair = own(record, name);
      const count = isList(pair) && pair.length === 2 ? numberOf(pair[1]) : null;
      if (count !== null && Number.isSafeInteger(count) && count > 0) return count;
    }
    return null;
  };
  return {
    logLikelihood,
    tokens: null,
    bytes: counted(['byte_perplexity', 'bits_per_byte']) ?? (text === null ? null : bytesOf(text)),
    words: counted(['word_perplexity']) ?? (text === null ? null : wordsOf(text)),
    answers: null,
    greedy: null,
    floored: 0,
  };
}

/** The log-likelihood of a continuation, and whether greedy decoding gives it. */
function ofAnswer(record: JsonObject, [value, greedy]: readonly JsonValue[]): TextLikelihood {
  const asked =
    valueAtPath(record, 'arguments.gen_args_0.arg_1') ?? valueAtPath(record, 'arguments.0.1');
  const text = typeof asked === 'string' && asked !== '' ? asked : null;
  return {
    logLikelihood: requireLogarithm(numberOf(value)!, 'filtered_resps'),
    tokens: null,
    bytes: text === null ? null : bytesOf(text),
    words: null,
    answers: 1,
    greedy: Number(/^(?:true|1(?:\.0)?)$/i.test(String(greedy))),
    floored: 0,
  };
}

/** A token with its log-probability; null where it has none, as the first of a prompt. */
interface Token {
  readonly logProbability: number | null;
  readonly bytes: number | null;
  /** Highest log-probability of any token in its place, where that is known. */
  readonly best: number | null;
}

/** @throws RecordFault */
function ofTokens(logprobs: JsonObject): TextLikelihood {
  const content = own(logprobs, 'content');
  const tokens = isList(content) ? content.map(contentToken) : listedTokens(logprobs);
  const known = tokens.filter(({ logProbability }) => logProbability !== null);
  if (known.length === 0) {
    const problem = 'the record has no token with a log-probability';
    throw new RecordFault(
      'no-likelihoods',
      'logprobs',
      problem,
      `${tokens.length} tokens`,
      'one or more',
    );
  }
  const all = known.map(({ logProbability }) => requireLogarithm(logProbability!, 'logprobs'));
  const bytes = known.every((token) => token.bytes !== null)
    ? known.reduce((sum, token) => sum + token.bytes!, 0)
    : null;
  const isKnown = known.every(({ best }) => best !== null);
  return {
    logLikelihood: all.reduce((sum, value) => sum + value, 0),
    tokens: known.length,
    bytes: bytes === 0 ? null : bytes,
    words: null,
    answers: null,
    greedy: isKnown ? known.filter(({ best }, i) => all[i]! >= best!).length : null,
    floored: all.filter((value) => value <= FLOOR).length,
  };
}

function contentToken(item: JsonValue): Token {
  if (!isObject(item)) throw notTokens(item);
  const { token, logprob, bytes, top_logprobs: top } = item;
  const best = isList(top)
    ? top.map((one) => (isObject(one) ? numberOf(own(one, 'logprob')) : null))
    : [];
  return {
    logProbability: logarithmOf(logprob),
    bytes: isList(bytes) ? bytes.length : typeof token === 'string' ? bytesOf(token) : null,
    best: bestOf(best),
  };
}

/** `tokens`, `token_logprobs` and `top_logprobs`, one of each for every token. */
function listedTokens(logprobs: JsonObject): Token[] {
  const values = own(logprobs, 'token_logprobs');
  if (!isList(values)) throw notTokens(logprobs);
  const texts = own(logprobs, 'tokens');
  const tops = own(logprobs, 'top_logprobs');
  const other = [texts, tops].find((list) => isList(list) && list.length !== values.length);
  if (other !== undefined) {
    throw new RecordFault(
      'ragged-row',
      'token_logprobs',
      'the lists of the record have different lengths',
      `${values.length} log-probabilities, ${(other as readonly JsonValue[]).length} tokens`,
      'one for each token',
    );
  }
  return values.map((value, i) => {
    const text = isList(texts) ? texts[i] : undefined;
    const top = isList(tops) ? tops[i] : undefined;
    return {
      logProbability: logarithmOf(value),
      bytes: typeof text === 'string' ? tokenBytes(text) : null,
      best: isObject(top) ? bestOf(Object.values(top).map(numberOf)) : null,
    };
  });
}

/** Tokens that are no whole characters are written as `bytes:\xe2\x80`. */
function tokenBytes(text: string): number {
  const [, escapes] = /^bytes:((?:\\x[0-9a-f]{2})+)$/i.exec(text) ?? [];
  return escapes === undefined ? bytesOf(text) : escapes.length / 4;
}

function bestOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null && !Number.isNaN(value));
  return known.length === 0 ? null : Math.max(...(known as number[]));
}

/** @throws RecordFault `not-a-number` */
function logarithmOf(value: JsonValue | undefined): number | null {
  if (value === null) return null;
  const number = value === undefined || typeof value === 'boolean' ? null : numberOf(value);
  if (number !== null) return number;
  const found = value === undefined ? 'none' : shown(value);
  const problem = 'the log-probability of a token is not a number';
  throw new RecordFault(
    'not-a-number',
    'logprobs',
    problem,
    found,
    'a number, or null where there is none',
  );
}

/** @throws RecordFault `bad-logarithm` */
function requireLogarithm(value: number, column: string): number {
  if (value <= MOST) return value;
  throw new RecordFault(
    'bad-logarithm',
    column,
    'the log-probability can be none',
    String(value),
    'a number up to 0',
    Number.isNaN(value)
      ? 'The model gave NaN there; find out why.'
      : 'Are these probabilities, or negative log-probabilities?',
  );
}

function notTokens(found: JsonValue): RecordFault {
  const what = isObject(found)
    ? `fields ${Object.keys(found).slice(0, 8).map(quote).join(', ')}`
    : shown(found);
  const problem = 'the log-probabilities are in no form that is known';
  return new RecordFault(
    'no-likelihoods',
    'logprobs',
    problem,
    what,
    'content[] with token and logprob, or token_logprobs',
  );
}
