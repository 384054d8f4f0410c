/** What the shell learns from a command. Scripts rely on these numbers: they never change meaning. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  declined: 3,
  credentials: 4,
  batchFailed: 5,
  notFound: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The same list in words, for `spillway help exit-codes` and docs/cli.md. */
export const EXIT_CODE_MEANINGS: readonly { code: ExitCode; meaning: string }[] = [
  { code: EXIT.ok, meaning: 'Done. Also when there was nothing to do: an empty list, an empty window.' },
  { code: EXIT.failed, meaning: 'Failed: no server answers, routes.yml is wrong, a check of doctor failed.' },
  { code: EXIT.usage, meaning: 'The command line is wrong, or it needs --yes because nobody can be asked.' },
  { code: EXIT.declined, meaning: 'You answered no, or --timeout passed before the result was there.' },
  { code: EXIT.credentials, meaning: 'The token, or the credentials for AWS, are missing or were refused.' },
  { code: EXIT.batchFailed, meaning: 'A batch that was waited for failed, wholly or in part.' },
  { code: EXIT.notFound, meaning: 'There is no such stage, route, partition, batch, file or dead letter.' },
  { code: EXIT.interrupted, meaning: 'Interrupted with Ctrl-C. (`start` stops in order and exits 0.)' },
];
