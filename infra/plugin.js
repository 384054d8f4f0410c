// What packaging and deploying do besides. osls loads JavaScript only; the work is in TypeScript.
import { afterDeploy, afterRemove, beforeDeploy, bundleFunctions, checkTemplate } from './hooks.ts';

// biome-ignore lint/style/noDefaultExport: osls takes a plugin from the default export.
export default class SpillwayPlugin {
  constructor(serverless, options, { log }) {
    const home = { serverless, options, log };
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => bundleFunctions(home),
      'before:package:finalize': () => checkTemplate(home),
      'before:aws:deploy:deploy:checkForChanges': () => beforeDeploy(home),
      'after:deploy:deploy': () => afterDeploy(home),
      'after:remove:remove': () => afterRemove(home),
    };
  }
}
