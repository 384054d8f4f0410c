import { expect, test } from 'vitest';
import { askedFor, NotUnderstoodError } from '../../bench/asked.ts';
import { FLAGS } from '../../bench/flags.ts';
import { helpText } from '../../bench/help.ts';
import { BENCHES, UnknownBenchError } from '../../bench/registry.ts';

const asked = (line: string) => askedFor(line.split(' ').filter((word) => word !== ''));

test('a bench is asked for by its name, with flags that have a value or none', () => {
  expect(asked('soak --minutes=60 --quick')).toEqual({ name: 'soak', flags: { minutes: '60', quick: '' } });
  expect(asked('soak --minutes 0.5').flags).toEqual({ minutes: '0.5' });
  expect(asked('--rounds=1 --json').flags).toEqual({ rounds: '1', json: '' });
  expect(asked('hot --json -').flags).toEqual({ json: '-' });
  expect(asked('')).toEqual({ name: undefined, flags: {} });
});

test.each([
  ['soak --minuts=60', 'There is no flag --minuts. Did you mean --minutes?'],
  ['figures --bogus=1', 'There is no flag --bogus. figures has --json, --charts, --help.'],
  ['hot -q', 'There is no flag -q. Did you mean --quick?'],
  ['csv --minutes=3', '--minutes says nothing to csv: it is a flag of soak, all.'],
  ['soak --minutes=x', '--minutes takes a number above 0, not "x".'],
  ['soak --minutes=0', '--minutes takes a number above 0, not "0".'],
  ['soak --minutes', '--minutes takes a number above 0, and nothing follows it.'],
  ['--rounds=3.5', '--rounds takes a whole number above 0, not "3.5".'],
  ['--events=-1', '--events takes a whole number above 0, not "-1".'],
  ['--quick=yes', '--quick takes no value, not "yes".'],
  ['--json --quick', '--json takes a file, not "--quick".'],
  ['hot spread', 'One bench at a time: "hot" or "spread"?'],
])('%s is refused with a sentence that names what is wrong', (line, message) => {
  expect(() => asked(line)).toThrow(NotUnderstoodError);
  expect(() => asked(line)).toThrow(message);
});

test('a bench that there is not is refused before its flags', () => {
  expect(() => asked('hott --quick')).toThrow(UnknownBenchError);
});

test('the help of a bench tells its flags and no others', async () => {
  const text = await helpText('soak');
  expect(text).toContain('--minutes=number');
  expect(text).not.toContain('--rounds');
  await expect(helpText('nonsense')).rejects.toThrow(UnknownBenchError);
});

test('flags are of benches that there are', () => {
  for (const { of } of Object.values(FLAGS)) {
    for (const name of of) expect([...BENCHES, 'all']).toContain(name);
  }
});
