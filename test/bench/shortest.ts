/** How much shorter failing runs become: every wrong answer of every lab, on a seed that its check fails. */
import { LABS } from '../../labs/find.ts'
import { publicSeeds } from '../../labs/judge/seeds.ts'
import { shortened } from '../support/shortened.ts'
import { type Bench, median } from './figure.ts'

const SEEDS = 3

export const shortestBench: Bench = {
  name: 'shortest',
  about: 'the shortest failing run of every wrong answer of every lab',
  isLong: true,
  missing: async () => '',
  async run(say) {
    const shares: number[] = []
    let [longer, none] = [0, 0]
    for (const lab of LABS) {
      for (const [name, { caughtBy }] of Object.entries(lab.wrong)) {
        let isFound = false
        for (const seed of publicSeeds('shortest', caughtBy, SEEDS)) {
          const { whole, short } = await shortened(lab, `wrong/${name}`, caughtBy, seed)
          if (short === undefined) continue
          isFound = true
          if (short.events > whole.result.events) longer++
          shares.push(short.events / Math.max(1, whole.result.events))
          break
        }
        if (!isFound) none++
      }
      say(`${lab.id}: ${shares.length} runs so far`)
    }
    const shorter = shares.filter((share) => share < 1).length
    return [
      {
        what: 'runs that became longer',
        value: String(longer),
        goal: '0',
        met: longer === 0,
        note: `of ${shares.length}`,
      },
      {
        what: 'runs that became shorter',
        value: `${shorter} of ${shares.length}`,
        goal: '',
        note: `${none} wrong answers fail otherwise, such as by fuel`,
      },
      { what: 'events that are left, median', value: `${Math.round(100 * median(shares))} %`, goal: '', note: '' },
    ]
  },
}
