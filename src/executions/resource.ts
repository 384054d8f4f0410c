/** The Resource of a Task that publishes to a topic. */
export const SNS_PUBLISH = 'arn:aws:states:::sns:publish';

const FUNCTION_ARN = /^\$\{([A-Z][A-Za-z0-9]*)Arn\}$/;

/** `${ProcessCsvArn}` → `ProcessCsv`; null for a Resource of any other kind. */
export function functionOfResource(resource: string): string | null {
  return FUNCTION_ARN.exec(resource)?.[1] ?? null;
}

/** The file of a function's step: `ProcessCsv` → `process-csv.ts`, `ProcessCSVFile` → `process-csv-file.ts`. */
export function stepFileName(functionName: string): string {
  const kebab = functionName
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
  return `${kebab}.ts`;
}
