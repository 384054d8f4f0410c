import type { Command } from '../commands/commands.ts';
import type { Clock } from '../core/clock.ts';
import { decide } from '../core/decide.ts';
import type { Router } from '../routes/router.ts';
import { createAppend } from './append.ts';
import { createClosing } from './closing.ts';
import { createCommitter } from './commit.ts';
import { createEffects } from './effects.ts';
import { createEnsure } from './ensure.ts';
import { createFlush } from './flush.ts';
import { createLanes } from './lanes.ts';
import { defaultOptions, type ServiceOptions, type ServiceParts } from './options.ts';
import type { Ports } from './ports.ts';
import { createReconcile } from './reconcile.ts';
import { createReports } from './reports.ts';
import type { Service } from './service.ts';
import { createWriter } from './writer.ts';

/**
 * The service over a choice of drivers.
 *
 * @param options the numbers that differ from the defaults; `manifestBucket` has none
 * @param parts only the simulation gives these
 */
export function createService(
  ports: Ports,
  router: Router,
  clock: Clock,
  options: Partial<ServiceOptions> & Pick<ServiceOptions, 'manifestBucket'>,
  parts: Partial<ServiceParts> = {},
): Service {
  const numbers: ServiceOptions = { ...defaultOptions, ...options };
  const effects = createEffects(ports, clock, numbers);
  const all: ServiceParts = { decide, lanes: createLanes(), redo: effects.redo, ...parts };
  const committer = createCommitter(ports, clock, numbers, all);
  const writer = createWriter(ports, router, clock, numbers, all, committer, effects);
  const close = createClosing(ports, writer, effects);
  const flushing = createFlush(ports, clock, numbers, writer, close);
  const reports = createReports(ports, clock, effects);
  const ensure = createEnsure(ports, effects);

  async function handle(command: Command): Promise<void> {
    switch (command.kind) {
      case 'deadline': {
        const { epoch, windowSeq: seq, at: _at, kind: _kind, ...key } = command;
        const closed = await close(key, {
          kind: 'close',
          window: { epoch, seq },
          cause: { kind: 'deadline' },
        });
        if (closed.kind === 'early') await ports.timers.arm({ ...key, epoch, windowSeq: seq, at: closed.at });
        return;
      }
      case 'flush': {
        const { kind: _kind, flushId: id, ...request } = command;
        await flushing.flush({ id, ...request });
        return;
      }
      case 'flush-partition':
        return flushing.flushPartition(command.flushId, {
          route: command.route,
          partition: command.partition,
        });
      case 'ensure':
        return ensure(command, command.from, command.to);
    }
  }

  return {
    append: createAppend(ports, router, clock, numbers, writer),
    handle,
    flush: flushing.flush,
    previewFlush: flushing.preview,
    reconcile: createReconcile(ports, clock, numbers, effects, reports),
    executionReported: reports.receive,
  };
}
