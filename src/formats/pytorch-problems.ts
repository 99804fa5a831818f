/** What is said of files that torch.save did not write, or not so. */

import { InputError, quote } from '../types/errors.js';

/** The error for another file. */
export function notTorch(source: string, found: string, expected: string): InputError {
  return new InputError('not-pt', {
    source,
    problem: 'this is no file of torch.save',
    found,
    expected,
    advice:
      'Save it with torch.save({"logits": logits, "labels": labels}, path), or name the format that it is in with --format.',
  });
}

/** The error for a tensor whose numbers are not there. */
export function missingStorage(place: string, key: string): InputError {
  return new InputError('tensor-storage', {
    source: place,
    problem: 'the numbers of the tensor are not in the file',
    found: `no storage ${quote(key)}`,
    expected: 'the storage that its pickle names',
    advice: 'The file is damaged; save it again.',
  });
}
