/**
 * The files around the grader for each platform that runs it: the scripts that the platform calls by their names, and what
 * has to be said to whoever sets it up.
 *
 * Facts of the platforms, from their documentation. Gradescope: the root of a zip holds `setup.sh` and `run_autograder`, the
 * tree is `/autograder`, work begins as root, ten minutes are usual and a timeout scores 0. PrairieLearn: `/grade/student`,
 * `/grade/tests`, `/grade/data`, results in `/grade/results`, which the grader makes. Autolab: `autograde-Makefile` and
 * `autograde.tar` lie beside the hand-in, and the last line of stdout is the result. Classroom 50: `autograder.py` is called
 * in the learner's checkout, and what lies beside it is public.
 */

import { MINUTE_MS } from '../../../reference/common/units.ts'

export const PACK_PLATFORMS = ['gradescope', 'prairielearn', 'autolab', 'classroom50'] as const
export type PackName = (typeof PACK_PLATFORMS)[number]

/** How a platform takes a result. */
export interface PackPlatform {
  readonly name: PackName
  /** The end of the name of the file that `mq grade --format` writes for it. */
  readonly end: string
  /** Where the platform looks for the result, from its root; '' for stdout. */
  readonly result: string
  readonly deadlineMs: number
  /** Where the grader lies in the pack. */
  readonly bundle: string
  /** Where the assignment and its secret lie. */
  readonly inputs: string
  /** False where everybody can read the pack: public runs only. */
  readonly keepsSecret: boolean
  /** Whether the pack learns when a hand-in came, and of the ones before it. Else the platform's own settings rule both. */
  readonly keepsDates: boolean
  /** One sentence for whoever sets it up. */
  readonly next: string
}

const PLATFORMS: Readonly<Record<PackName, PackPlatform>> = {
  gradescope: {
    name: 'gradescope',
    end: 'results.json',
    result: 'results/results.json',
    // the platform ends it after ten minutes, with a zero
    deadlineMs: 8 * MINUTE_MS,
    bundle: 'bundle',
    inputs: '.',
    keepsSecret: true,
    keepsDates: true,
    next: 'upload the zip under "Configure Autograder", and let learners hand in one file',
  },
  prairielearn: {
    name: 'prairielearn',
    end: 'prairielearn.json',
    result: 'results/results.json',
    deadlineMs: 8 * MINUTE_MS,
    bundle: 'tests/bundle',
    inputs: 'tests',
    keepsSecret: true,
    keepsDates: false,
    next: 'unpack the zip into a folder of questions/ of the course',
  },
  autolab: {
    name: 'autolab',
    end: 'autolab.txt',
    result: '',
    deadlineMs: 8 * MINUTE_MS,
    bundle: 'glassmq/bundle',
    inputs: 'glassmq',
    keepsSecret: true,
    keepsDates: false,
    next: 'put the two files of the zip into the folder of the assessment, and name its problems after the checks',
  },
  classroom50: {
    name: 'classroom50',
    end: 'classroom50.json',
    result: 'result.json',
    deadlineMs: 8 * MINUTE_MS,
    bundle: 'bundle',
    inputs: '.',
    keepsSecret: false,
    keepsDates: false,
    next: 'unpack the zip into CLASSROOM/autograders/ASSIGNMENT/, and set its runtime to {"node": "24"}',
  },
}

/** Throws an Error of one sentence for a name of no platform. */
export function packPlatform(name: string): PackPlatform {
  const found = PACK_PLATFORMS.find((one) => one === name)
  if (found === undefined) throw new Error(`there is no pack for "${name}"; there are ${PACK_PLATFORMS.join(', ')}`)
  return PLATFORMS[found]
}
