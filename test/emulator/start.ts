import { parseArgs } from 'node:util';
import { startMinistack } from './ministack.ts';

/** `node test/emulator/start.ts [--port 4566] [--auth]`: the emulator in the foreground, until it is interrupted. */
const { values } = parseArgs({ options: { port: { type: 'string' }, auth: { type: 'boolean' } } });
const ministack = await startMinistack({
  ...(values.port !== undefined && { port: Number(values.port) }),
  ...(values.auth !== undefined && { auth: values.auth }),
});
for (const [name, value] of Object.entries(ministack.environment)) console.log(`export ${name}=${value}`);
const keepAlive = setInterval(() => {}, 3_600_000);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    clearInterval(keepAlive);
    void ministack.stop();
  });
}
