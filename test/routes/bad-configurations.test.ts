import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { badConfigurations } from './bad-configurations.ts';
import { messagesOf, problemsOf } from './configurations.ts';

/** After a change of words: UPDATE_GOLDEN=1 npx vitest run test/routes/bad-configurations.test.ts, then read the diff. */
const GOLDEN = new URL('./bad-configurations.golden', import.meta.url);

it('every bad configuration gets exactly the messages of the golden file', () => {
  const names = Object.keys(badConfigurations);
  expect(names.length).toBeGreaterThanOrEqual(40);
  const actual = names
    .map((name) => [`# ${name}`, ...messagesOf(badConfigurations[name] ?? ''), ''].join('\n'))
    .join('\n');
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(GOLDEN, actual);
  expect(actual).toBe(readFileSync(GOLDEN, 'utf8'));
});

it.each(Object.entries(badConfigurations))(
  '%s: place, path and expectation are in the message',
  (_name, text) => {
    const lines = text.split('\n');
    for (const problem of problemsOf(text)) {
      expect(problem.message.startsWith(`routes.yml:${problem.line}:${problem.column} ${problem.path}`)).toBe(
        true,
      );
      expect(problem.message).toContain(`; expected ${problem.expected}.`);
      if (problem.hint !== undefined) expect(problem.message.endsWith(problem.hint)).toBe(true);
      expect(problem.message.length).toBeLessThan(700);
      expect(problem.line).toBeLessThanOrEqual(lines.length);
      expect(problem.column).toBeLessThanOrEqual((lines[problem.line - 1] ?? '').length + 1);
    }
  },
);
