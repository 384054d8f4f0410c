import type { Row } from '../../log/interleaved.ts';
import type { Result } from '../../results.ts';
import { byCallers } from './lines.ts';
import type { Picture } from './picture.ts';

/** How events of many prefixes are counted by several callers. */
export function picturesOfSpread({ rows }: Result): Picture[] {
  const all = rows as readonly Row[];
  const [first] = all;
  if (first === undefined) return [];
  return [
    byCallers(all, {
      file: 'callers-spread.svg',
      alt: `Events a second by the number of callers, on events of ${first.prefixes} prefixes, for each strategy`,
      title: `Events a second, by callers on ${first.prefixes} prefixes`,
    }),
  ];
}
