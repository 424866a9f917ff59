/**
 * Pins every run of every scenario: how many events it has, and the hash of them, bytes on the wires and on the disks included.
 * The checks of a scenario say what must hold; this says that nothing else has changed by mistake. The words lie in
 * `test/scenarios/__snapshots__`. A change that is meant:
 * `npx vitest run --config test/vitest.config.ts --project quick test/scenarios --update`.
 */
import { expect } from 'vitest'
import { whenRunEnds } from './pinned-run.ts'

const keep = (words: string): void => expect(words).toMatchSnapshot()
whenRunEnds(() => (expect.getState().testPath?.includes('/test/scenarios/') === true ? keep : undefined))
