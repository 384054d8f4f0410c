/**
 * Whether EventBridge would let an event through: the operators that our rules use, with the meaning that its
 * TestEventPattern gives them (EventBridge user guide, event patterns). A field that a pattern names must be there; of
 * the values in its list one must match; text is compared exactly.
 *
 * @throws Error for an operator that is not known here
 */
export function matchesPattern(pattern: unknown, event: unknown): boolean {
  if (!isObject(pattern)) throw new Error('A pattern is an object.');
  if (!isObject(event)) return false;
  return Object.entries(pattern).every(([field, wanted]) => {
    if (!Array.isArray(wanted)) return matchesPattern(wanted, event[field]);
    if (wanted.length === 0) throw new Error(`The pattern's ${field} has no values.`);
    const values = Array.isArray(event[field]) ? event[field] : [event[field]];
    return values.some((value) => wanted.some((matcher) => matchesValue(matcher, value)));
  });
}

function matchesValue(matcher: unknown, value: unknown): boolean {
  if (!isObject(matcher)) return matcher === value;
  const [operator, argument] = Object.entries(matcher)[0] ?? [];
  if (typeof argument !== 'string') throw new Error(`The operator ${operator} takes a text.`);
  if (operator === 'prefix') return typeof value === 'string' && value.startsWith(argument);
  if (operator === 'suffix') return typeof value === 'string' && value.endsWith(argument);
  throw new Error(`The operator ${operator} is not known.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
