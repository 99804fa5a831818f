import type { Fields, FormatOptions } from '../types/fields.js';
import type { Input } from './input.js';
export async function openArrow(_input: Input, _options: FormatOptions): Promise<Fields> {
  throw new Error('todo');
}
