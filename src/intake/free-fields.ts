/** Fields of the predictions by their names, and which of them have a role. */

import type { InputError } from '../types/errors.js';
import { type Field, type Fields, widthOf } from '../types/fields.js';
import {
  ambiguous,
  duplicateName,
  isOneOf,
  KNOWN_NAMES,
  ROLE_OPTION,
  type Role,
  requireField,
  usedTwice,
} from './name-lists.js';

/** The fields of one file, of which a field has one role at most. */
export class FreeFields {
  readonly #taken = new Map<Field, string>();

  /** @param claimed names that options give: no default candidates for other roles */
  constructor(
    readonly file: Fields,
    private readonly claimed: ReadonlySet<string>,
  ) {}

  /** Gives a field a role. @throws InputError `column-used-twice` */
  take(field: Field, role: string): void {
    const before = this.#taken.get(field);
    if (before !== undefined && before !== role) throw usedTwice(field, before, role, this.file);
    this.#taken.set(field, role);
  }

  /** Fields without a role. */
  get free(): Field[] {
    return this.file.fields.filter((field) => !this.#taken.has(field));
  }

  /** The field that an option names, or the one whose name is of the list. @throws InputError `ambiguous-column` */
  byName(
    role: 'prediction' | 'target' | 'weight',
    option: string | null | undefined,
  ): Field | null {
    const file = this.file;
    if (option === null) return null;
    if (option !== undefined) return requireField(file, option, ROLE_OPTION[role]);
    const found = this.named(KNOWN_NAMES[role]).filter(
      (field) => role !== 'prediction' || widthOf(field) === 1,
    );
    if (found.length > 1) throw this.several(role, found);
    return found[0] ?? null;
  }

  /** Fields with a name of the list that no option claims. */
  named(list: readonly string[]): Field[] {
    const { named, fields } = this.file;
    return named
      ? fields.filter(({ name }) => isOneOf(name, list) && !this.claimed.has(name!))
      : [];
  }

  /** What to say where several fields could have a role. */
  several(role: Role, found: readonly Field[]): InputError {
    const [first] = found;
    const isTwice = found.every(({ name }) => name === first!.name);
    return isTwice ? duplicateName(this.file, first!.name!) : ambiguous(role, found, this.file);
  }

  /** Whether a field has a role. */
  has(field: Field): boolean {
    return this.#taken.has(field);
  }

  /** Gives a field a role where it has none. */
  reserve(field: Field, role: string): void {
    if (!this.#taken.has(field)) this.#taken.set(field, role);
  }

  /** Takes names of rows out of what is left. */
  reserveIds(): void {
    for (const field of this.named(KNOWN_NAMES.id)) this.reserve(field, 'id by name');
  }
}
