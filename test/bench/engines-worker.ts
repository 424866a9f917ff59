/**
 * Judges the answers of all labs in QuickJS and prints one hash over all results: what every version of Node must print alike.
 *
 * Of the solution all checks, of the starter two, of a wrong answer the check that catches it.
 */
import { LABS } from '../../labs/find.ts'
import { bootGuest } from '../../labs/grader/guest/boot-guest.ts'
import { runCheck } from '../../labs/judge/run-check.ts'
import { publicSeeds, sha256Hex } from '../../labs/judge/seeds.ts'
import type { Lab } from '../../labs/lab.ts'
import { evaluateHere } from '../../labs/program/evaluate-here.ts'
import { moduleMap } from '../../labs/program/module-map.ts'
import { answerFiles } from '../../labs/runtime/lab-files.ts'

const base = moduleMap()
const trusted = evaluateHere(base)

function planned(lab: Lab): readonly (readonly [string, string])[] {
  const ids = lab.checks.map(({ id }) => id)
  return [
    ...ids.map((id) => ['solution', id] as const),
    ...ids.slice(0, 2).map((id) => ['starter', id] as const),
    ...Object.entries(lab.wrong).map(([name, { caughtBy }]) => [`wrong/${name}`, caughtBy] as const),
  ]
}

let results = ''
let runs = 0
for (const lab of LABS) {
  const [seed] = publicSeeds('equal', 'any', 1) as [string]
  for (const [answer, id] of planned(lab)) {
    const check = lab.checks.find((one) => one.id === id)!
    const boot = bootGuest({ lab, base, trusted })
    results += JSON.stringify(await runCheck({ lab, check, files: answerFiles(lab, answer), seed, boot }))
    runs++
  }
}
console.log(`${process.version} ${runs} ${sha256Hex(results)}`)
