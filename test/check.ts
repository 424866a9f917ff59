/** `npm run check`: the quick gate. Format, lint, types, tidy rules, unit tests, hosts, scenarios, labs. */
import { runStages, type Stage } from './support/stages.ts'

export const CHECK_STAGES: readonly Stage[] = [
  { name: 'format and lint', command: ['biome', 'ci', '--error-on-warnings', '.'] },
  {
    name: 'types of components',
    command: ['svelte-check', '--tsconfig', './tsconfig.json', '--output', 'human', '--fail-on-warnings'],
  },
  // they need the processor: what they show runs under virtual clocks, so a slower machine only takes longer
  {
    name: 'unit, tidy, hosts, scenarios, simulation, chapters; labs, grader',
    command: ['vitest', 'run', '--config', 'test/vitest.config.ts', '--project', 'quick', '--project', 'labs'],
  },
]

export const CHECK_BESIDE: readonly Stage[] = [{ name: 'types', command: ['tsc', '--noEmit', '-p', 'tsconfig.json'] }]

if (import.meta.main) process.exit(await runStages(CHECK_STAGES, CHECK_BESIDE))
