import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

const LAZY = 'left-lazy';

/**
 * Keeps out of a function what would be loaded at its start and never used:
 *
 * - An `import` of `node:http` touches all that it exports, and so loads the web's fetch with it (25 ms of a cold start);
 *   `require` does not.
 * - hono-openapi imports all of zod at run time, every language included, for one function (500 kB).
 */
export const leaveLazy: Plugin = {
  name: 'leave-lazy',
  setup(build) {
    build.onResolve({ filter: /^(node:)?https?2?$/ }, ({ path, kind }) => {
      if (kind === 'require-call') return undefined;
      return { path: path.replace(/^node:/, ''), namespace: LAZY };
    });
    build.onLoad({ filter: /.*/, namespace: LAZY }, ({ path }) => ({
      contents: `module.exports = require('node:${path}');`,
    }));
    build.onResolve({ filter: /^zod\/v4\/core$/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === LAZY) return undefined;
      const all = await build.resolve(path, { kind, resolveDir, pluginData: LAZY });
      // The module of it that has toJSONSchema.
      return all.errors.length > 0 ? all : { path: join(dirname(all.path), 'json-schema-processors.js') };
    });
  },
};
