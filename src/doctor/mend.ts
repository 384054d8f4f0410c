import type { Stage } from '../stage/stage.ts';

/** Commands that mend what was changed behind the stack's back. */

/** A text as one word of a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

export function deployAgain({ name }: Stage): string {
  return `Deploy again: npx serverless deploy --stage ${name}`;
}

/**
 * Brings everything back to what the stack says, things that were deleted by hand too: deploying the same again would
 * change nothing, because CloudFormation compares templates only (user guide, "Drift-aware change sets").
 */
export function revertDrift({ stack }: Stage): string {
  const which = `--stack-name ${stack} --change-set-name as-deployed`;
  return (
    `aws cloudformation create-change-set ${which} --use-previous-template --deployment-mode REVERT_DRIFT ` +
    `--capabilities CAPABILITY_IAM CAPABILITY_NAMED_IAM && aws cloudformation wait change-set-create-complete ${which} ` +
    `&& aws cloudformation execute-change-set ${which}`
  );
}
