/**
 * No decoder is worse than linear: a token repeated tens of thousands of times is read, or refused, at once.
 *
 * What is measured is the processor time of this thread, against a bound that has nothing to do with the speed of the machine:
 * a linear reader needs some milliseconds for such an input, a quadratic one 10^9 and more, which no machine does in a second.
 * The ratio of an input to its half is a figure of `npm run bench -- hostile`.
 */
import { describe, expect, it } from 'vitest'
import { DECODERS, refuses, repeated, TOKENS } from '../../support/repetitive.ts'

const CHARACTERS = 60_000
/** Smaller ones first: a reader that is worse than quadratic is found before it hangs. */
const SMALL = 2_000
const CPU_MS_MAX = 1_000

function cpuMs(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

describe('a token repeated', () => {
  it.each(DECODERS.map((decoder) => [decoder.name, decoder] as const))('%s', (_name, decoder) => {
    const slow: string[] = []
    for (const around of decoder.around)
      for (const token of TOKENS)
        for (const characters of [SMALL, decoder.characters ?? CHARACTERS]) {
          const text = repeated(token, characters, around)
          const ms = cpuMs(() => refuses(() => decoder.decode(text)))
          if (ms < CPU_MS_MAX) continue
          slow.push(`${JSON.stringify(token)} in ${JSON.stringify(around)}: ${characters} characters took ${ms} ms`)
          break
        }
    expect(slow).toEqual([])
  })
})
