/**
 * Runs of every campaign do what they did when they were pinned, to the last byte on a wire or a disk. The campaigns' checks
 * say what must hold; this says that nothing else has changed by mistake. A change that is meant: `npm run pins -- --write`.
 */
import { expect, it } from 'vitest'
import { difference } from './pins/pin.ts'
import { PINNED_RUNS, readPins } from './pins/pinned-runs.ts'

const pins = readPins()

for (const [name, run] of PINNED_RUNS)
  it(`${name} runs as it did`, async () => {
    const again = 'if the change is meant: npm run pins -- --write'
    expect(difference(pins[name], await run()), again).toBe('')
  })

it('every pin has its run', () => {
  expect(Object.keys(pins).filter((name) => !PINNED_RUNS.has(name))).toEqual([])
})
