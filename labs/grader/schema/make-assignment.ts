/** Makes an assignment and its secret from what an instructor chose. Pure: the page and the command line give the salt. */
import { saltCommitment } from '../../judge/seeds.ts'
import {
  ASSIGNMENT_FORMAT,
  type Assignment,
  ATTEMPTS_MAX,
  type Feedback,
  ID,
  type PickOf,
  parseAssignment,
  pinSeed,
  SECRET_FORMAT,
  type Visibility,
} from './assignment.ts'
import { toBase64Url } from './packed.ts'

/** What an assignment needs to know of a lab. Points of checks are in hundredths. */
export interface AssignableLab {
  readonly id: string
  readonly version: string
  readonly title: string
  readonly checks: readonly { readonly id: string; readonly points: number }[]
}

/** What an instructor chooses. */
export interface AssignmentChoices {
  /** A short name; the lab's id when it is left out. */
  readonly id?: string | undefined
  readonly title?: string | undefined
  readonly publicSeeds: number
  readonly hiddenSeeds: number
  /** When it is due, RFC 3339. */
  readonly due?: string | undefined
  /** What counts later: `80@2026-11-15T23:59:00+01:00`, in rising order. */
  readonly late?: readonly string[]
  /** Where the book is, ending with a slash. */
  readonly book?: string | undefined
  /** From when on learners see what became of hidden runs; at once when left out. */
  readonly visibility?: Visibility | undefined
  /** How much they are told; what happened when left out. */
  readonly feedback?: Feedback | undefined
  /** How many hand-ins of a learner count, the first ones; all when left out. */
  readonly attempts?: number | undefined
  /** Which of them gives the grade; the newest when left out. */
  readonly pick?: PickOf | undefined
  /** Seeds that every learner gets, as `check=seed`. */
  readonly pinned?: readonly string[]
}

/** The texts of the two files. */
export interface NewAssignment {
  readonly id: string
  readonly assignment: Assignment
  readonly assignmentText: string
  readonly secretText: string
}

/** Throws an Error of one sentence when a choice is wrong. `salt` must be random and 32 bytes long. */
export function makeAssignment(lab: AssignableLab, choices: AssignmentChoices, salt: Uint8Array): NewAssignment {
  const id = choices.id ?? lab.id
  if (!ID.test(id)) throw new Error(`"${id}" is no name for an assignment: use a-z, 0-9, ".", "_" and "-"`)
  checkNumber('public runs', choices.publicSeeds, 20)
  checkNumber('hidden runs', choices.hiddenSeeds, 100)
  const { attempts } = choices
  if (attempts !== undefined && !(Number.isInteger(attempts) && attempts >= 1 && attempts <= ATTEMPTS_MAX))
    throw new Error(`the number of hand-ins that count must be a whole number from 1 to ${ATTEMPTS_MAX}`)
  if (choices.title?.trim() === '') throw new Error('the title is empty: write one, or leave it out')
  const seeds = { public: choices.publicSeeds, hidden: choices.hiddenSeeds }
  const { due, late = [], book, visibility = 'visible', feedback = 'rationale' } = choices
  const { pick = 'latest', pinned = [] } = choices
  const assignment: Assignment = {
    format: ASSIGNMENT_FORMAT,
    id,
    title: choices.title ?? lab.title,
    ...(book === undefined ? {} : { book }),
    labs: [{ lab: lab.id, version: lab.version }],
    hiddenSeeds: 'per-learner',
    saltCommitment: saltCommitment(salt),
    checks: lab.checks.map((check) => ({
      lab: lab.id,
      id: check.id,
      points: check.points / 100,
      seeds,
      credit: 'fraction',
      visibility,
      feedback,
    })),
    ...(due === undefined ? {} : { due }),
    ...(attempts === undefined ? {} : { attempts }),
    pick,
    ...(late.length === 0 ? {} : { credit: [{ until: 'due', percent: 100 }, ...late.map(laterCredit)] }),
  }
  const assignmentText = `${JSON.stringify(assignment, null, 2)}\n`
  parseAssignment(assignmentText)
  const secret = { format: SECRET_FORMAT, assignment: id, salt: toBase64Url(salt) }
  const secretText = pinned.reduce(
    (text, each) => {
      const [, check, seed] = /^([^=]+)=([0-9a-f]{32})$/.exec(each.trim()) ?? []
      if (check === undefined)
        throw new Error(
          `"${each}" pins no seed; write check=seed, with the 32 digits (0-9, a-f) of a seed that a report names`,
        )
      return pinSeed(text, assignment, check, seed!)
    },
    `${JSON.stringify(secret, null, 2)}\n`,
  )
  return { id, assignment, assignmentText, secretText }
}

function checkNumber(what: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new Error(`the number of ${what} of a check must be a whole number from 0 to ${most}`)
}

function laterCredit(text: string): { readonly until: string; readonly percent: number } {
  const [, percent, until] = /^(\d{1,3})@(.+)$/.exec(text) ?? []
  if (until === undefined)
    throw new Error(`"${text}" does not say what counts until when; write it as 80@2026-11-15T23:59:00+01:00`)
  return { until, percent: Number(percent) }
}
