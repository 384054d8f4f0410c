import { expect, test } from 'vitest';
import { windowCount, windowTime } from '../../src/cli/cost-values.ts';
import { routeSchema } from '../../src/routes/schema.ts';

/** What the command allows a window, against what routes.yml allows it. */

const schema = routeSchema({ buckets: [], pipelines: [] });

/** What routes.yml says of this setting, or null where it takes it. */
function inRoutes(batch: { count?: number; window?: string }): string | null {
  const { error } = schema.safeParse({ batch });
  const issue = error?.issues.find(({ path }) => path[0] === 'batch');
  if (issue === undefined) return null;
  const hint = issue.code === 'custom' ? issue.params?.hint : undefined;
  return `Expected ${issue.message}.${hint === undefined ? '' : ` ${hint}`}`;
}

function said(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

test.each(['1s', '14d', '336h', '0s', '15d', '20d', '1hour', '90 minutes', 'soon', ''])(
  'a window of %j is taken or refused as in routes.yml, in the same words',
  (window) => {
    expect(said(() => windowTime(window))).toBe(inRoutes({ window }));
  },
);

test.each([1, 10_000, 0, 10_001, 100_000, 1.5])(
  'a count of %d is taken or refused as in routes.yml, in the same words',
  (count) => {
    expect(said(() => windowCount(String(count)))).toBe(inRoutes({ count }));
  },
);
