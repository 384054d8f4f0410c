import * as z from 'zod';

/** The parts of a state machine's definition (Amazon States Language, JSONPath) that we look at ourselves. */
export interface Definition {
  StartAt: string;
  States: Record<string, State>;
  TimeoutSeconds?: number | undefined;
  QueryLanguage?: string | undefined;
}

export interface State {
  Type: string;
  Resource?: string | undefined;
  TimeoutSeconds?: number | undefined;
  QueryLanguage?: string | undefined;
  Assign?: unknown;
  ItemReader?: unknown;
  ItemBatcher?: unknown;
  ResultWriter?: unknown;
  ItemProcessor?: NestedDefinition | undefined;
  Iterator?: NestedDefinition | undefined;
  Branches?: Definition[] | undefined;
}

interface NestedDefinition extends Definition {
  ProcessorConfig?: { Mode?: string | undefined } | undefined;
}

/** A state and the Map or Parallel states around it, outermost first. */
export interface PlacedState {
  name: string;
  state: State;
  inside: { name: string; type: string }[];
}

const definitionSchema: z.ZodType<Definition> = z.looseObject({
  StartAt: z.string(),
  States: z.record(
    z.string(),
    z.lazy(() => stateSchema),
  ),
  TimeoutSeconds: z.number().optional(),
  QueryLanguage: z.string().optional(),
});

const nestedSchema: z.ZodType<NestedDefinition> = z.lazy(() =>
  z.intersection(
    definitionSchema,
    z.looseObject({ ProcessorConfig: z.looseObject({ Mode: z.string().optional() }).optional() }),
  ),
);

const stateSchema: z.ZodType<State> = z.looseObject({
  Type: z.string(),
  Resource: z.string().optional(),
  TimeoutSeconds: z.number().optional(),
  QueryLanguage: z.string().optional(),
  ItemProcessor: nestedSchema.optional(),
  Iterator: nestedSchema.optional(),
  Branches: z.array(definitionSchema).optional(),
});

/** Reads a definition's outline. @throws z.ZodError when it is not one */
export function readDefinition(value: unknown): Definition {
  return definitionSchema.parse(value);
}

/** Every state of a definition, also those inside Map and Parallel states. */
export function* statesOf(
  definition: Definition,
  inside: PlacedState['inside'] = [],
): Generator<PlacedState> {
  for (const [name, state] of Object.entries(definition.States)) {
    yield { name, state, inside };
    const below = [...inside, { name, type: state.Type }];
    for (const nested of [state.ItemProcessor, state.Iterator, ...(state.Branches ?? [])]) {
      if (nested) yield* statesOf(nested, below);
    }
  }
}

/** What a machine or a state asks for that the interpreter in this process cannot do, or null. */
export function unsupported(state: Partial<State>): string | null {
  if (state.QueryLanguage !== undefined && state.QueryLanguage !== 'JSONPath') {
    return `QueryLanguage ${state.QueryLanguage}; use JSONPath`;
  }
  if (state.Assign !== undefined) return 'variables (Assign); pass data through the state instead';
  for (const field of ['ItemReader', 'ItemBatcher', 'ResultWriter'] as const) {
    if (state[field] !== undefined) return `${field}; use an inline Map over units`;
  }
  const mode = (state.ItemProcessor ?? state.Iterator)?.ProcessorConfig?.Mode;
  if (mode !== undefined && mode !== 'INLINE') return `a Map in mode ${mode}; use INLINE`;
  return null;
}
