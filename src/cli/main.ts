#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Stripping types and compiling takes longer than all the rest of `--help`, so it is done once and kept. Beside the
// installation, not in the shared temporary folder, where another user could have put something in its place. Where
// the folder cannot be written to, every start just takes longer.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/spillway', import.meta.url)));

const { runProcess } = await import('./process.ts');
await runProcess(process);
