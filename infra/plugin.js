// What packaging and deploying do besides. osls loads JavaScript only; the work is in TypeScript.
import {
  afterDeploy,
  afterRemove,
  beforeDeploy,
  beforeRemove,
  bundleFunctions,
  checkTemplate,
} from './hooks.ts';

// biome-ignore lint/style/noDefaultExport: osls takes a plugin from the default export.
export default class SpillwayPlugin {
  constructor(serverless, options, { log }) {
    const home = { serverless, options, log };
    // osls would print a stack for what a user can mend.
    const plainly = (work) => async () => {
      try {
        await work(home);
      } catch (error) {
        if (error instanceof Error && error.constructor !== Error) error.stack = error.message;
        throw error;
      }
    };
    this.hooks = {
      'before:package:createDeploymentArtifacts': plainly(bundleFunctions),
      // osls puts the resources of serverless.yml into the template just before.
      'before:aws:package:finalize:saveServiceState': plainly(checkTemplate),
      'before:aws:deploy:deploy:createStack': plainly(beforeDeploy),
      'after:deploy:deploy': plainly(afterDeploy),
      'before:remove:remove': plainly(beforeRemove),
      'after:remove:remove': plainly(afterRemove),
    };
  }
}
