/** NumPy's npz archives: npy files in a zip, stored or deflated. */

import { InputError } from '../types/errors.js';
import type { Fields, FormatOptions } from '../types/fields.js';
import { openArrays } from './array-fields.js';
import { byteRange, isByteSource } from './bytes.js';
import type { Input } from './input.js';
import { memberPlace } from './member-name.js';
import { npyPlaces } from './npy-fields.js';
import { locateMember, readZipDirectory, type ZipEntry } from './zip.js';
import { inflateMember } from './zip-inflate.js';

const SUFFIX = '.npy';

/**
 * Opens an archive as np.savez and np.savez_compressed write it. Members that
 * are no npy files are left alone.
 *
 * The checksum of a deflated member is checked at its end. That of a stored
 * member is not: it costs several times what reading costs, and a plain npy
 * file has none either. Byte offsets in errors count from the start of the member.
 * @throws InputError `npz-from-stream`, `empty-input`, `not-zip`, `zip-spanned`, `zip-directory`,
 *   `zip-overlap`, `npz-no-arrays`; of members `zip-encrypted`, `zip-method`, those of `openNpy`, and
 *   while rows are read `zip-data`, `zip-size`, `zip-checksum`
 */
export async function openNpz(input: Input, options: FormatOptions): Promise<Fields> {
  const source = input.open();
  const { name } = input;
  if (!isByteSource(source)) {
    throw new InputError('npz-from-stream', {
      source: name,
      problem: 'an npz archive has its directory at the end and cannot be read from a pipe',
      advice: 'Write it to a file and name that, or pipe npy, CSV or JSON Lines.',
    });
  }
  // Of members of one name the last counts, as in NumPy.
  const arrays = new Map<string, ZipEntry>();
  const entries = await readZipDirectory(source);
  for (const entry of entries) {
    if (entry.name.endsWith(SUFFIX)) arrays.set(entry.name.slice(0, -SUFFIX.length), entry);
  }
  if (arrays.size === 0 && entries.some((entry) => /(?:^|\/)data\.pkl$/.test(entry.name))) {
    // An archive of torch.save under a name that says nothing.
    return (await import('./pytorch.js')).openPytorch(input, options);
  }
  if (arrays.size === 0) {
    throw new InputError('npz-no-arrays', {
      source: name,
      problem: 'the archive holds no npy member',
      expected: 'arrays as np.savez writes them',
      advice: 'Save it with np.savez(path, logits=..., labels=...).',
    });
  }
  const members = [...arrays].map(([member, entry]) => {
    const place = memberPlace(name, member);
    const open = async () => {
      const start = await locateMember(source, entry, place);
      const packed = byteRange(source, place, start, entry.packedSize);
      return entry.method === 0 ? packed : inflateMember(packed, entry);
    };
    return { name: member, open };
  });
  const places = await npyPlaces(members, options);
  return openArrays({ name, format: 'npz', unit: 'member', named: true }, places, options);
}
