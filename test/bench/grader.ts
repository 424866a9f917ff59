/**
 * How long a class takes: hand-ins judged by `mq grade`, hidden runs and shorter runs included.
 *
 * The whole class of the goal takes minutes. A bench that is ended goes on where it was, with the same command: the class and
 * the time that was spent lie in a folder of the machine's temporary ones until the bench is over.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { labById } from '../../labs/find.ts'
import { engineSha256 } from '../../labs/grader/batch/engine-hash.ts'
import { type GradeFolderOptions, gradeFolder } from '../../labs/grader/grade-folder.ts'
import { newAssignment } from '../../labs/grader/new-assignment.ts'
import { writeSubmission } from '../../labs/grader/schema/submission.ts'
import { answerFiles } from '../../labs/runtime/lab-files.ts'
import type { Bench, Figure } from './figure.ts'

/** The goal: 200 hand-ins, twelve runs each, in five minutes; again, with nothing changed, in ten seconds. */
const CLASS = { handIns: 200, runs: 12 }
const GOAL_SECONDS = 300
const AGAIN_GOAL_SECONDS = 10
const HAND_INS_MAX = 1_000
const RUNS_MAX = 100
/** A line of progress for each of so many parts of the class. */
const PARTS = 20

const lab = labById('lost-address')!

export const graderBench: Bench = {
  name: 'grader',
  about: `${CLASS.handIns} hand-ins of lab 1, ${CLASS.runs} runs and more each, in QuickJS; --class 20x3 takes fewer, and it goes on where it was ended`,
  isLong: true,
  missing: async () => '',
  async run(say, { size } = {}) {
    const { handIns, runs } = size === undefined ? CLASS : parseSize(size)
    // each check has as many seeds as give that many runs at least
    const seeds = Math.ceil(runs / lab.checks.length)
    const folder = join(tmpdir(), `glassmq-bench-grader-${handIns}x${runs}-${engineSha256(lab.id).slice(0, 8)}`)
    writeClass(folder, handIns, seeds)
    const before = spentSeconds(folder)
    if (before > 0) say(`goes on in ${folder}, after ${Math.round(before)} s`)
    const startMs = performance.now()
    const { runs: done } = await gradeFolder({
      ...optionsFor(folder),
      progress: (graded, of, secondsLeft) => {
        writeFileSync(join(folder, 'spent'), String(before + (performance.now() - startMs) / 1_000))
        if (graded === of || graded % Math.ceil(of / PARTS) === 0)
          say(`${graded} of ${of} hand-ins, about ${Math.ceil(secondsLeft)} s left`)
      },
    })
    const took = before + (performance.now() - startMs) / 1_000
    const againMs = performance.now()
    const again = await gradeFolder({ ...optionsFor(folder), progress: () => {} })
    const tookAgain = (performance.now() - againMs) / 1_000
    rmSync(folder, { recursive: true, force: true })
    const whole = (took / handIns) * CLASS.handIns
    const isWhole = handIns === CLASS.handIns && runs === CLASS.runs
    const figures: Figure[] = [
      {
        what: `${handIns} hand-ins, ${lab.checks.length * seeds} runs each`,
        value: `${took.toFixed(1)} s`,
        ...(isWhole ? { goal: 'under 300 s', met: took < GOAL_SECONDS } : { goal: '' }),
        note: `${availableParallelism()} at a time, half of them wrong; ${done.made} runs were made in the last part`,
      },
      {
        what: 'the same again, nothing changed',
        value: `${tookAgain.toFixed(1)} s`,
        ...(isWhole ? { goal: 'under 10 s', met: tookAgain < AGAIN_GOAL_SECONDS } : { goal: '' }),
        note: `${again.runs.made} of ${again.runs.made + again.runs.known} runs were made`,
      },
    ]
    if (!isWhole)
      figures.push({
        what: `a class of ${CLASS.handIns} with as many runs each`,
        value: `${(whole / 60).toFixed(1)} min`,
        goal: '',
        note: 'scaled from the first line',
      })
    return figures
  },
}

/** `20x3`: twenty hand-ins, three runs each. Throws an Error of one sentence. */
function parseSize(text: string): { readonly handIns: number; readonly runs: number } {
  const [, handIns, runs] = /^(\d{1,4})x(\d{1,3})$/.exec(text) ?? []
  const size = { handIns: Number(handIns), runs: Number(runs) }
  if (handIns === undefined || size.handIns < 1 || size.handIns > HAND_INS_MAX || size.runs < 1 || size.runs > RUNS_MAX)
    throw new Error(`--class is "${text}"; write hand-ins and runs, such as 20x3, up to ${HAND_INS_MAX}x${RUNS_MAX}`)
  return size
}

function writeClass(folder: string, handIns: number, seeds: number): void {
  if (existsSync(join(folder, 'secret.json'))) return
  mkdirSync(join(folder, 'in'), { recursive: true })
  const wrong = Object.keys(lab.wrong)
  for (let i = 0; i < handIns; i++) {
    const answer = i % 2 === 0 ? 'solution' : `wrong/${wrong[i % wrong.length]}`
    const files = [...answerFiles(lab, answer)].map(([path, content]) => ({ path, content }))
    const text = writeSubmission({ lab: { id: lab.id, version: lab.version }, files })
    writeFileSync(join(folder, 'in', `learner-${i}.json`), text)
  }
  const made = newAssignment({ lab: lab.id, publicSeeds: 1, hiddenSeeds: seeds - 1 })
  writeFileSync(join(folder, 'assignment.json'), made.assignmentText)
  writeFileSync(join(folder, 'secret.json'), made.secretText)
}

function optionsFor(folder: string): Omit<GradeFolderOptions, 'progress'> {
  return {
    folder: join(folder, 'in'),
    assignmentText: readFileSync(join(folder, 'assignment.json'), 'utf8'),
    secretText: readFileSync(join(folder, 'secret.json'), 'utf8'),
    rosterText: undefined,
    out: join(folder, 'out'),
    jobs: availableParallelism(),
  }
}

function spentSeconds(folder: string): number {
  const path = join(folder, 'spent')
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
}
