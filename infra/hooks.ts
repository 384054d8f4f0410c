import { join } from 'node:path';
import { stackNameOf } from '../src/stage/errors.ts';
import { type BundleOptions, bundleFunction, filesOf } from './bundle.ts';
import { checkExistingBuckets, prepareDeployment } from './deploy.ts';
import type { Architecture } from './duckdb.ts';
import { checkMachineArns } from './existing-machines.ts';
import { packagedStack } from './generated.ts';
import { leftText } from './left-behind.ts';
import { checkLimits } from './limits.ts';
import type { Home } from './osls.ts';
import { prepareRemoval } from './remove.ts';

/** Bundles every function, and hands osls the zips. */
export async function bundleFunctions(home: Home): Promise<void> {
  const { serverless } = home;
  const { functions, provider, custom } = serverless.service;
  const options: BundleOptions = {
    root: serverless.serviceDir,
    buildFolder: join(serverless.serviceDir, '.build', 'functions'),
    configuration: (await packagedStack()).configuration,
    architecture: provider.architecture as Architecture,
    withNative: custom.nativeLibrary === 'include',
  };
  const zip = zipperOf(home);
  for (const [key, setting] of Object.entries(functions)) {
    const { folder } = await bundleFunction(key, setting.handler, options);
    const artifact = await zip(await filesOf(folder), `${key}.zip`, folder);
    setting.package = { ...setting.package, artifact };
  }
}

/** osls' own way to make a zip: the same files give the same bytes. */
function zipperOf({ serverless }: Home) {
  const packager = serverless.pluginManager.plugins.find(isZipper);
  if (packager === undefined) throw new Error('osls has changed: its Package plugin has no zipFiles.');
  return packager.zipFiles.bind(packager);
}

interface Zipper {
  zipFiles(files: string[], name: string, prefix: string): Promise<string>;
}

function isZipper(plugin: object): plugin is Zipper {
  return plugin.constructor.name === 'Package' && 'zipFiles' in plugin;
}

/** Counts what AWS limits, before anything is uploaded. */
export async function checkTemplate({ serverless }: Home): Promise<void> {
  const { existingMachines } = await packagedStack();
  checkMachineArns(existingMachines, serverless.getProvider('aws').getRegion());
  checkLimits(serverless.service.provider.compiledCloudFormationTemplate);
}

/** Refuses what would lose sight of events, before anything is uploaded. */
export async function beforeDeploy(home: Home): Promise<void> {
  await prepareDeployment(home, await packagedStack());
}

/** Says what is still to be done by hand. */
export async function afterDeploy(home: Home): Promise<void> {
  await checkExistingBuckets(home, await packagedStack());
}

/** Refuses what would be lost, before anything is removed, and remembers what stays. */
export async function beforeRemove(home: Home): Promise<void> {
  const left = await prepareRemoval(home, await packagedStack());
  if (left !== null) home.left = left;
}

/** Says what a removal left, and what deletes it. */
export async function afterRemove({ serverless, log, left }: Home): Promise<void> {
  if (left === undefined) return;
  const provider = serverless.getProvider('aws');
  log.notice(leftText(stackNameOf(provider.getStage()), left, provider.getRegion()));
}
