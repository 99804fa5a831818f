#!/usr/bin/env node
/** Where the command line starts: what Node compiles of it is kept for the next run, where Node can. */

import * as nodeModule from 'node:module';

// Since Node 22.8; it does nothing where the folder for temporary files cannot be written to.
const { enableCompileCache } = nodeModule as { enableCompileCache?: () => unknown };
enableCompileCache?.();
await import('./program.js');
