/** A route that would be removed though windows of it are open. */
export interface OpenRoute {
  route: string;
  /** Open windows. */
  windows: number;
  /** Events in them. */
  events: number;
}

/**
 * Routes with open windows are not configured any more. Their windows would still close, but the rules that deliver
 * their files and the state machine that their batches run through may go with the deployment.
 */
export class RoutesStillOpenError extends Error {
  override readonly name = 'RoutesStillOpenError';
  readonly open: readonly OpenRoute[];

  constructor(open: readonly OpenRoute[], stage: string) {
    const found = open.map(
      ({ route, windows, events }) =>
        `Route "${route}" was removed from routes.yml, but has ${windows === 1 ? '1 open window' : `${windows} open windows`} ` +
        `with ${events === 1 ? '1 event' : `${events} events`}. Drain it: npx spillway drain ${route} --stage ${stage}`,
    );
    super(
      `${found.join('\n')}\nOr leave ${open.length === 1 ? 'it' : 'them'} in routes.yml. Nothing was deployed.`,
    );
    this.open = open;
  }
}

/** An open window, as far as this check wants to know it. */
export interface OpenWindowOf {
  route: string;
  /** Events in it. */
  count: number;
}

/** The routes that are not configured and have open windows, by name. */
export function removedButOpen(configured: readonly string[], open: Iterable<OpenWindowOf>): OpenRoute[] {
  const kept = new Set(configured);
  const found = new Map<string, OpenRoute>();
  for (const { route, count } of open) {
    if (kept.has(route)) continue;
    const { windows, events } = found.get(route) ?? { windows: 0, events: 0 };
    found.set(route, { route, windows: windows + 1, events: events + count });
  }
  return [...found.values()].sort((a, b) => (a.route < b.route ? -1 : 1));
}

/**
 * Refuses to remove a route that has open windows.
 * @param configured the routes of the routes.yml that is about to be deployed
 * @param open the windows that are open now
 * @throws RoutesStillOpenError
 */
export function refuseRemoval(
  configured: readonly string[],
  open: Iterable<OpenWindowOf>,
  stage: string,
): void {
  const routes = removedButOpen(configured, open);
  if (routes.length > 0) throw new RoutesStillOpenError(routes, stage);
}
