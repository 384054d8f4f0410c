import type { Stage } from '../stage/stage.ts';
import { type Check, failed, ok, warning } from './check.ts';

/** Every output that handlers, commands and alarms of this version rely on. */
const OUTPUTS = [
  'ApiUrl',
  'TableName',
  'IngestQueueUrl',
  'IngestDlqUrl',
  'CommandsQueueUrl',
  'CommandsDlqUrl',
  'StatusDlqUrl',
  'TopicArn',
  'BusName',
  'ManifestBucket',
  'Version',
];

/** Whether the last deployment ended well, and which version it was. */
export function stackChecks(stage: Stage, version: string): Check[] {
  return [statusCheck(stage), outputsCheck(stage), versionCheck(stage, version)];
}

/** By its state, what a stack that failed wants before it can be deployed again (CloudFormation, stack states). */
const WANTS: readonly [RegExp, (stage: Stage) => string][] = [
  [
    /^UPDATE_ROLLBACK_FAILED$/,
    ({ stack }) => `aws cloudformation continue-update-rollback --stack-name ${stack}`,
  ],
  [/^(CREATE_FAILED|ROLLBACK_COMPLETE)$/, ({ name }) => `npx serverless remove --stage ${name}`],
  [
    /^(REVIEW_IN_PROGRESS|ROLLBACK_FAILED|DELETE_FAILED)$/,
    ({ stack }) => `aws cloudformation delete-stack --stack-name ${stack}`,
  ],
];

function statusCheck(stage: Stage): Check {
  const { name, stack, status } = stage;
  const why = `aws cloudformation describe-stack-events --stack-name ${stack} --query "StackEvents[?contains(ResourceStatus,'FAILED')].[LogicalResourceId,ResourceStatusReason]" --output text`;
  const [, wants] = WANTS.find(([pattern]) => pattern.test(status)) ?? [];
  const before = wants === undefined ? '' : `then ${wants(stage)}; `;
  const deploy = `See why: ${why}; mend it; ${before}then npx serverless deploy --stage ${name}`;
  if (/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status)) return ok('stack', stack, `It stands at ${status}.`);
  if (status === 'UPDATE_ROLLBACK_COMPLETE') {
    return warning('stack', stack, 'The last deployment failed and was taken back.', deploy);
  }
  // A change set that was made and never executed: nothing is on its way.
  if (/_IN_PROGRESS$/.test(status) && status !== 'REVIEW_IN_PROGRESS') {
    const mend = `Wait until that has ended: spillway doctor --stage ${name}`;
    return warning('stack', stack, `It is being changed (${status}).`, mend);
  }
  return failed('stack', stack, `It stands at ${status}.`, deploy);
}

function outputsCheck({ name, stack, outputs }: Stage): Check {
  const missing = OUTPUTS.filter((output) => !outputs[output]);
  if (missing.length === 0) return ok('outputs', stack, 'It has every output.');
  return failed(
    'outputs',
    stack,
    `It lacks ${missing.join(', ')}: another version deployed it.`,
    `Deploy this version: npx serverless deploy --stage ${name}.`,
  );
}

function versionCheck({ name, stack, outputs }: Stage, version: string): Check {
  const there = outputs.Version ?? 'unknown';
  if (there === version) return ok('version', stack, `It was deployed by ${version}, as this command is.`);
  return warning(
    'version',
    stack,
    `It was deployed by ${there}, this command is ${version}.`,
    `Use the command of that version, or deploy: npx serverless deploy --stage ${name}.`,
  );
}
