// Runs the command line in this process and prints its peak resident memory in bytes.
//   node bench/peak.mjs FILE LABELS THREADS

const [file, labels, threads] = process.argv.slice(2);
process.argv.splice(2, 3, 'score', file, '--labels', labels, '--kind', 'logits', '--json');
process.argv.push('--threads', threads, '--quiet');
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;
await import('../dist/cli/main.js');
write(String(process.resourceUsage().maxRSS * 1024));
