import type { EmbeddedWarning } from './embedded.ts';

/** A warning of the embedded executions, in words for the person at the server. */
export function executionProblem(warning: EmbeddedWarning): Error {
  const { execution } = warning;
  switch (warning.kind) {
    case 'different-input':
      return new Error(
        `Execution ${execution} was asked for again with another input; the first one counts.`,
      );
    case 'unreported':
      return new Error(
        `The end of execution ${execution} could not be noted; it will be at the next start.`,
        warning,
      );
    case 'unkept':
      return new Error(
        `The end of execution ${execution} could not be stored; it runs again at the next start.`,
        warning,
      );
  }
}
