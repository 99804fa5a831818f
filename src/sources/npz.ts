/** NumPy's npz archives: npy files in a zip, stored or deflated. */

import type { ByteSource } from '../types/dump.js';
import { InputError, quote } from '../types/errors.js';
import type { TextSource } from '../types/row-texts.js';
import { byteRange } from './bytes.js';
import { type NpyOptions, type NumberArray, openNpy } from './npy.js';
import { openNpyTexts } from './npy-texts.js';
import { locateMember, readZipDirectory, type ZipEntry } from './zip.js';
import { inflateMember } from './zip-inflate.js';

export interface NpzArchive {
  readonly name: string;
  /** Names of the arrays in the order of the archive, without `.npy`. */
  readonly members: readonly string[];
  /**
   * Opens one array; several may be open at once. Byte offsets in its errors
   * count from the start of the member. Closing the array leaves the archive open.
   *
   * The checksum of a deflated member is checked at its end. That of a stored
   * member is not: it costs several times what reading costs, and a plain npy
   * file has none either.
   * @throws InputError `npz-no-such-member`, `zip-encrypted`, `zip-method`,
   *   `zip-directory`, those of openNpy, and while rows are read `zip-data`,
   *   `zip-size`, `zip-checksum`.
   */
  open(member: string, bfloat16?: boolean): Promise<NumberArray>;
  /** Opens one array of strings of fixed width, or of numbers, as text; else as {@link open}. */
  openTexts(member: string): Promise<TextSource>;
  close(): Promise<void>;
}

const SUFFIX = '.npy';

/**
 * Opens an archive as np.savez and np.savez_compressed write it. Members that
 * are no npy files are left alone.
 * @param source is closed with the archive; when this function throws, it stays the caller's to close.
 * @throws InputError `empty-input`, `not-zip`, `zip-spanned`, `zip-directory`,
 *   `zip-overlap`, `npz-no-arrays`.
 */
export async function openNpz(source: ByteSource, options: NpyOptions = {}): Promise<NpzArchive> {
  const { name } = source;
  const arrays = new Map<string, ZipEntry>();
  for (const entry of await readZipDirectory(source)) {
    if (entry.name.endsWith(SUFFIX)) arrays.set(entry.name.slice(0, -SUFFIX.length), entry);
  }
  const members = [...arrays.keys()];
  if (members.length === 0) {
    throw new InputError('npz-no-arrays', {
      source: name,
      problem: 'the archive holds no npy member',
      expected: 'arrays as np.savez writes them',
      advice: 'Save it with np.savez(path, logits=..., labels=...).',
    });
  }
  const unpack = async (member: string) => {
    const entry = arrays.get(member);
    if (entry === undefined) throw noSuchMember(name, member, members);
    const place = `${name}[${plainName(member)}]`;
    const start = await locateMember(source, entry, place);
    const packed = byteRange(source, place, start, entry.packedSize);
    return entry.method === 0 ? packed : inflateMember(packed, entry);
  };
  return {
    name,
    members,
    open: async (member, bfloat16 = false) =>
      openNpy(await unpack(member), { ...options, bfloat16 }),
    openTexts: async (member) => openNpyTexts(await unpack(member)),
    async close() {
      await source.close();
    },
  };
}

/** A member's name comes from the file: quoted unless it is quite ordinary. */
function plainName(member: string): string {
  return /^[\w.-]{1,60}$/.test(member) ? member : quote(member);
}

function noSuchMember(source: string, member: string, members: readonly string[]): InputError {
  const shown = members.slice(0, 12).map(quote).join(', ');
  const rest = members.length > 12 ? ` and ${members.length - 12} more` : '';
  return new InputError('npz-no-such-member', {
    source,
    column: member,
    problem: 'the archive has no such member',
    found: `${shown}${rest}`,
    advice: 'Name one of these.',
  });
}
