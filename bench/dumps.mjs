/** Dumps of logits with labels in every format, for the pipeline. */

import { closeSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { makeInput } from './inputs.mjs';

function npyHeader(descr, shape) {
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  const head = Buffer.alloc(10 + length, ' ');
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(length, 8);
  head.write(dict, 10, 'latin1');
  head[head.length - 1] = 10;
  return head;
}

const npyParts = (descr, shape, values) => [
  npyHeader(descr, shape),
  Buffer.from(values.buffer, values.byteOffset, values.byteLength),
];

function writeNpy(path, descr, shape, values) {
  const file = openSync(path, 'w');
  for (const part of npyParts(descr, shape, values)) {
    for (let done = 0; done < part.length; ) done += writeSync(file, part, done);
  }
  closeSync(file);
}

/** Writes a file row by row, each row as one text. */
function writeText(path, head, rows, textOf) {
  const file = openSync(path, 'w');
  let text = head;
  for (let r = 0; r < rows; r++) {
    text += textOf(r);
    if (text.length > 1 << 20) {
      writeSync(file, text);
      text = '';
    }
  }
  writeSync(file, text);
  closeSync(file);
}

const WRITERS = {
  npy({ scores, targets, rows, classes }, path) {
    writeNpy(path, '<f4', [rows, classes], scores);
    writeNpy(`${path}.labels.npy`, '<i4', [rows], targets);
    return { labels: `${path}.labels.npy` };
  },
  npz(input, path) {
    return writeNpz(input, path, 0);
  },
  'npz-deflated'(input, path) {
    return writeNpz(input, path, 6);
  },
  safetensors({ scores, targets, rows, classes }, path) {
    const data = [scores, targets].map(({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer, byteOffset, byteLength),
    );
    const end = data[0].length;
    const header = JSON.stringify({
      logits: { dtype: 'F32', shape: [rows, classes], data_offsets: [0, end] },
      labels: { dtype: 'I32', shape: [rows], data_offsets: [end, end + data[1].length] },
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(path, Buffer.concat([length, Buffer.from(header), ...data]));
    return {};
  },
  csv({ scores, targets, rows, classes }, path) {
    const names = Array.from({ length: classes }, (_, c) => c);
    writeText(path, `${names.join(',')},label\n`, rows, (r) => {
      const row = scores.subarray(r * classes, (r + 1) * classes);
      return `${Array.from(row, (x) => x.toFixed(6)).join(',')},${targets[r]}\n`;
    });
    return {};
  },
  jsonl({ scores, targets, rows, classes }, path) {
    writeText(path, '', rows, (r) => {
      const row = scores.subarray(r * classes, (r + 1) * classes);
      const numbers = Array.from(row, (x) => x.toFixed(6)).join(', ');
      return `{"logits": [${numbers}], "label": ${targets[r]}}\n`;
    });
    return {};
  },
};

function writeNpz({ scores, targets, rows, classes }, path, level) {
  const members = {
    'logits.npy': Buffer.concat(npyParts('<f4', [rows, classes], scores)),
    'labels.npy': Buffer.concat(npyParts('<i4', [rows], targets)),
  };
  writeFileSync(path, zipSync(members, { level }));
  return {};
}

/** Rows that a large dump repeats, in bytes: they need not be in memory more than once. */
const REPEATED_BYTES = 16e6;

/**
 * Writes a large npy dump of f32 logits and its labels: the same rows again and again, but all on disk.
 * @returns as {@link writeDump}
 */
export function writeLargeDump(folder, { classes, megabytes }) {
  const rows = Math.floor((megabytes * 1e6) / (4 * classes));
  const block = Math.min(rows, Math.floor(REPEATED_BYTES / (4 * classes)));
  const input = makeInput({ kind: 'logits', dtype: 'f32', rows: block, classes });
  const path = join(folder, `large-${classes}-${megabytes}.npy`);
  const labels = `${path}.labels.npy`;
  const write = (name, descr, shape, values, perRow) => {
    const file = openSync(name, 'w');
    writeSync(file, npyHeader(descr, shape));
    for (let done = 0; done < rows; done += block) {
      const part = values.subarray(0, Math.min(block, rows - done) * perRow);
      const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    }
    closeSync(file);
  };
  write(path, '<f4', [rows, classes], input.scores, classes);
  write(labels, '<i4', [rows], input.targets, 1);
  return { path, rows, bytes: statSync(path).size, options: { labels, kind: 'logits' } };
}

/**
 * Writes a dump of f32 logits of about `megabytes` in memory.
 * @returns its path, its size on disk, and the options that scoring it takes
 */
export function writeDump(folder, { format, classes, megabytes }) {
  const rows = Math.floor((megabytes * 1e6) / (4 * classes));
  const input = makeInput({ kind: 'logits', dtype: 'f32', rows, classes });
  const path = join(folder, `${format}-${classes}.${format.replace('-deflated', '')}`);
  const options = WRITERS[format](input, path);
  return { path, rows, bytes: statSync(path).size, options: { ...options, kind: 'logits' } };
}
