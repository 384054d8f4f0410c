/** The API's words that options accept. Listed here so that `--help` need not load the schemas; a test compares. */
export const REASONS = ['count', 'time', 'bytes', 'quiet', 'manual', 'schedule', 'marker'] as const;
export const STATUSES = ['closed', 'running', 'succeeded', 'failed', 'timed-out', 'aborted'] as const;
export const WINDOW_ORDERS = ['deadline', 'fill', 'age'] as const;
