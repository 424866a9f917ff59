/** The shortest failing run of an answer that is known, found as the grader finds it, with every program in this realm. */
import { bootHere } from '../../labs/judge/boot-here.ts'
import { electionCalls } from '../../labs/judge/elections.ts'
import { runCheck } from '../../labs/judge/run-check.ts'
import { type Schedule, type ScriptCall, scheduled, WHOLE } from '../../labs/judge/schedule.ts'
import { canBeShortened, type JudgedSchedule, type ShortRun, shortenRun } from '../../labs/judge/shorten.ts'
import type { Lab } from '../../labs/lab.ts'
import { evaluateHere } from '../../labs/program/evaluate-here.ts'
import { moduleMap } from '../../labs/program/module-map.ts'
import { answerFiles } from '../../labs/runtime/lab-files.ts'
import type { SimCluster } from '../../reference/host/sim/cluster.ts'

/** Judges an answer of a lab under a schedule. */
export async function judgedUnder(
  lab: Lab,
  answer: string,
  checkId: string,
  seed: string,
  schedule: Schedule,
): Promise<JudgedSchedule> {
  const check = lab.checks.find(({ id }) => id === checkId)!
  const calls: ScriptCall[] = []
  const boot = bootHere(lab, moduleMap(), evaluateHere)
  const files = answerFiles(lab, answer)
  const forScript = (cluster: Parameters<typeof scheduled>[0]) => scheduled(cluster, schedule, calls)
  const onEnd = ({ events }: SimCluster) => void calls.push(...electionCalls(events))
  return { result: await runCheck({ lab, check, files, seed, boot, forScript, onEnd }), calls }
}

/** The whole run and the short one; without a short one when the answer passes, or runs out of something on this seed. */
export async function shortened(
  lab: Lab,
  answer: string,
  checkId: string,
  seed: string,
): Promise<{ readonly whole: JudgedSchedule; readonly short?: ShortRun }> {
  const whole = await judgedUnder(lab, answer, checkId, seed, WHOLE)
  if (!canBeShortened(whole.result)) return { whole }
  const short = await shortenRun({
    failed: whole,
    judge: (schedule) => judgedUnder(lab, answer, checkId, seed, schedule),
    control: async (schedule) => (await judgedUnder(lab, 'solution', checkId, seed, schedule)).result,
  })
  return { whole, short }
}
