import * as z from 'zod';

/** Counts what Step Functions charges for: a transition each time a state is entered, those inside a Map for each item. */

const state = z.looseObject({
  Type: z.string(),
  Next: z.string().optional(),
  Choices: z.array(z.looseObject({ Variable: z.string().optional(), Next: z.string() })).optional(),
  Default: z.string().optional(),
  ItemsPath: z.string().optional(),
  get ItemProcessor() {
    return machine.optional();
  },
});

const machine = z.looseObject({
  StartAt: z.string(),
  get States(): z.ZodRecord<z.ZodString, typeof state> {
    return z.record(z.string(), state);
  },
});

type Machine = z.output<typeof machine>;

/** The text is no definition whose transitions can be counted. */
export class DefinitionUncountableError extends Error {
  override readonly name = 'DefinitionUncountableError';

  constructor(problem: string, cause?: unknown) {
    super(
      `The transitions of this definition cannot be counted: ${problem}. Count them by hand, and give the number with --transitions.`,
      { cause },
    );
  }
}

/** States entered at most; more is a loop that only data would end. */
const STATES_MAX = 10_000;

/**
 * Transitions of one execution in which every step succeeds.
 *
 * @param present what choices find: a choice whose variable begins with one of these paths is taken
 * @param items how many items a Map has
 * @throws DefinitionUncountableError
 */
export function countTransitions(text: string, present: readonly string[], items: number): number {
  let definition: Machine;
  try {
    definition = machine.parse(JSON.parse(text));
  } catch (cause) {
    throw new DefinitionUncountableError('it is no Amazon States Language', cause);
  }
  return walk(definition, present, items);
}

function walk(
  { StartAt: start, States: states }: Machine,
  present: readonly string[],
  items: number,
): number {
  let transitions = 0;
  let entered = 0;
  let name: string | undefined = start;
  while (name !== undefined) {
    const current: z.output<typeof state> | undefined = states[name];
    if (current === undefined) throw new DefinitionUncountableError(`it has no state "${name}"`);
    entered += 1;
    if (entered > STATES_MAX) throw new DefinitionUncountableError('it goes round in a loop');
    transitions += 1;
    if (current.Type === 'Parallel') throw new DefinitionUncountableError('it has a Parallel state');
    if (current.ItemProcessor !== undefined)
      transitions += items * walk(current.ItemProcessor, present, items);
    name = current.Type === 'Choice' ? chosen(current, present) : current.Next;
  }
  return transitions;
}

function chosen(
  { Choices: choices = [], Default: otherwise }: z.output<typeof state>,
  present: readonly string[],
) {
  const taken = choices.find(({ Variable: variable = '' }) =>
    present.some((path) => variable.startsWith(path)),
  );
  return taken?.Next ?? otherwise;
}
