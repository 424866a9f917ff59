/** How long a class takes: hand-ins judged by `mq grade`, scaled to the class of the goal. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { labById } from '../../labs/find.ts'
import { gradeFolder } from '../../labs/grader/grade-folder.ts'
import { newAssignment } from '../../labs/grader/new-assignment.ts'
import { writeSubmission } from '../../labs/grader/schema/submission.ts'
import { answerFiles } from '../../labs/runtime/lab-files.ts'
import { temporaryFolder } from '../support/temp.ts'
import { type Bench, median } from './figure.ts'

const ROUNDS = 3
const HAND_INS = 12
/** The goal: 200 hand-ins, twelve runs each, in five minutes. Each check has as many seeds as give twelve runs at least. */
const CLASS = 200
const RUNS = 12
const GOAL_SECONDS = 300

export const graderBench: Bench = {
  name: 'grader',
  about: `${HAND_INS} hand-ins of lab 1, ${RUNS} runs and more each, in QuickJS`,
  missing: async () => '',
  async run(say) {
    const seconds: number[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      seconds.push(await gradeOnce())
      say(`round ${round} of ${ROUNDS}`)
    }
    const took = median(seconds)
    const whole = (took / HAND_INS) * CLASS
    return [
      {
        what: `${HAND_INS} hand-ins`,
        value: `${took.toFixed(1)} s`,
        goal: '',
        note: `${availableParallelism()} at a time, half of them wrong`,
      },
      {
        what: `a class of ${CLASS}`,
        value: `${(whole / 60).toFixed(1)} min`,
        goal: 'under 5 min',
        met: whole < GOAL_SECONDS,
        note: 'scaled from the line above',
      },
    ]
  },
}

async function gradeOnce(): Promise<number> {
  const folder = temporaryFolder('bench-grade')
  try {
    const lab = labById('lost-address')!
    mkdirSync(join(folder.path, 'in'))
    const wrong = Object.keys(lab.wrong)
    for (let i = 0; i < HAND_INS; i++) {
      const answer = i % 2 === 0 ? 'solution' : `wrong/${wrong[i % wrong.length]}`
      const files = [...answerFiles(lab, answer)].map(([path, content]) => ({ path, content }))
      const text = writeSubmission({ lab: { id: lab.id, version: lab.version }, files })
      writeFileSync(join(folder.path, 'in', `learner-${i}.json`), text)
    }
    const { assignmentText, secretText } = newAssignment({
      lab: lab.id,
      publicSeeds: 1,
      hiddenSeeds: Math.ceil(RUNS / lab.checks.length) - 1,
    })
    const startMs = performance.now()
    await gradeFolder({
      folder: join(folder.path, 'in'),
      assignmentText,
      secretText,
      rosterText: undefined,
      out: join(folder.path, 'out'),
      jobs: availableParallelism(),
      progress: () => {},
    })
    return (performance.now() - startMs) / 1_000
  } finally {
    folder.remove()
  }
}
