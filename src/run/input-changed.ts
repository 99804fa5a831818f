/** What to say where a file is not what it was when it was read before. */

import { InputError } from '../types/errors.js';

export function inputChanged(source: string): InputError {
  return new InputError('input-changed', {
    source,
    problem: 'the file was changed while it was read',
    advice: 'Score it again when nothing writes to it any more.',
  });
}
