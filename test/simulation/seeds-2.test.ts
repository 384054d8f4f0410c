import { describe } from 'vitest';
import { testSeeds } from './seeds.ts';

// Two files, so that two cores share the work.
describe('the service in a world of faults', () => testSeeds(251, 250));
