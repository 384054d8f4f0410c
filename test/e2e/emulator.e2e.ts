import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { eventually } from './waiting.ts';

test('the emulator ends with the process that started it, though that was killed', async () => {
  const ministack = new URL('../emulator/ministack.ts', import.meta.url).href;
  const script = `
    const { startMinistack } = await import(${JSON.stringify(ministack)});
    console.log((await startMinistack()).endpoint);
    setInterval(() => {}, 1000);`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', script]);
  const [line] = await once(starter.stdout, 'data');
  const health = `${String(line).trim()}/_ministack/health`;
  const answers = () =>
    fetch(health).then(
      ({ ok }) => ok,
      () => false,
    );
  expect(await answers()).toBe(true);

  starter.kill('SIGKILL');
  await eventually(async () => expect(await answers()).toBe(false));
});
