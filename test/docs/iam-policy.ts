/** A policy of IAM as far as it says what is allowed. */
export interface Policy {
  Version: string;
  Statement: {
    Sid: string;
    Effect: string;
    Action: string[];
    Resource: string | string[];
    Condition?: unknown;
  }[];
}

/** Whether a policy allows an action on a resource (`*` for actions that IAM limits to none), conditions taken as met. */
export function allows({ Statement }: Policy, action: string, resource: string): boolean {
  return Statement.some(
    ({ Action, Resource }) =>
      Action.some((pattern) => fits(pattern.toLowerCase(), action.toLowerCase())) &&
      [Resource].flat().some((pattern) => fits(pattern, resource)),
  );
}

/** IAM's wildcards: `*` for any characters, colons and slashes included. */
function fits(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}
