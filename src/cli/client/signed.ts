import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { awsError } from '../../stage/errors.ts';
import { findStage, outputOf } from '../../stage/stage.ts';
import type { Target } from '../target.ts';
import type { Authorize } from './client.ts';
import { regionIn, signatureFor } from './sigv4.ts';

/** An API behind IAM, and how it is spoken to. */
export interface Signed {
  url: string;
  authorize: Authorize;
  /** Account and region in one line, to be told to the user. */
  place: string;
  /** What to do where nothing answers. */
  unreachableHint: string;
}

const UNREACHABLE_HINT =
  'Is this machine online, and may it reach that host? "spillway doctor --stage <stage>" looks at the rest of the stage.';

/** @throws what finding a stage and its credentials throws */
export async function openSigned(target: Exclude<Target, { kind: 'server' }>): Promise<Signed> {
  if (target.kind === 'stage') {
    const stage = await findStage(target.stage);
    return {
      url: outputOf(stage, 'ApiUrl').replace(/\/+$/, ''),
      authorize: signatureFor(stage.region),
      place: `Stage ${stage.name} in account ${stage.account}, ${stage.region}.`,
      unreachableHint: UNREACHABLE_HINT,
    };
  }
  const { url } = target;
  const region = regionIn(url);
  const { account, configured } = await callerOf(region);
  return {
    url,
    authorize: signatureFor(region),
    place: `${url} as account ${account}, ${region ?? configured}.`,
    unreachableHint: UNREACHABLE_HINT,
  };
}

async function callerOf(region: string | undefined): Promise<{ account: string; configured: string }> {
  const client = new STSClient({ ...(region !== undefined && { region }) });
  try {
    const { Account = 'unknown' } = await client.send(new GetCallerIdentityCommand({}));
    return { account: Account, configured: await client.config.region() };
  } catch (error) {
    throw awsError('the caller to know who it is (sts:GetCallerIdentity)', error);
  } finally {
    client.destroy();
  }
}
