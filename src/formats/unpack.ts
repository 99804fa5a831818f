/** Unpackers of blocks whose unpacked size is known: to that many bytes exactly, or an error. */

import { PackedFault, type Unpacker } from './packed-block.js';
import { byPlatform } from './unpack-platform.js';

export type Codec =
  | 'none'
  | 'snappy'
  | 'gzip'
  | 'brotli'
  | 'lz4'
  | 'hadoop-lz4'
  | 'lz4-frame'
  | 'zstd';

/** No packed byte stands for more: a size beyond that is a lie. */
const MOST_PER_BYTE: Readonly<Record<Codec, number>> = {
  none: 1,
  snappy: 64,
  gzip: 1040,
  brotli: 1 << 20,
  lz4: 256,
  'hadoop-lz4': 256,
  'lz4-frame': 256,
  zstd: 1 << 16,
};

/** Loads what unpacks a codec. */
export async function unpackerOf(codec: Codec): Promise<Unpacker> {
  const unpack = await load(codec);
  return (packed, size, room) => {
    if (size > 64 + packed.length * MOST_PER_BYTE[codec]) {
      throw new PackedFault(`${packed.length} bytes cannot hold ${size}`);
    }
    let unpacked: Uint8Array;
    try {
      unpacked = unpack(packed, size, room);
    } catch (error) {
      if (error instanceof PackedFault) throw error;
      throw new PackedFault('the packed bytes are damaged');
    }
    if (unpacked.length === size) return unpacked;
    throw new PackedFault(`${unpacked.length} bytes came out where ${size} are expected`);
  };
}

async function load(codec: Codec): Promise<Unpacker> {
  switch (codec) {
    case 'none':
      return (packed) => packed;
    case 'snappy':
      return (await import('./unpack-lz.js')).unpackSnappy;
    case 'lz4':
      return (await import('./unpack-lz.js')).unpackLz4;
    case 'hadoop-lz4':
      return (await import('./unpack-lz.js')).unpackHadoopLz4;
    case 'lz4-frame':
      return (await import('./unpack-lz.js')).unpackLz4Frames;
    case 'gzip': {
      const { gunzipSync } = await import('fflate');
      // One byte more than is expected shows what is too long.
      return byPlatform('gunzipSync', (packed, size) =>
        gunzipSync(packed, { out: new Uint8Array(size + 1) }),
      );
    }
    case 'brotli': {
      const { decompressBrotli } = await import('hyparquet-compressors');
      return byPlatform('brotliDecompressSync', (packed, size) => decompressBrotli(packed, size));
    }
    case 'zstd': {
      const { unpackZstd } = await import('./unpack-zstd.js');
      return unpackZstd;
    }
  }
}
