/** Makes an assignment for a lab: its two files, with a fresh salt. */
import { randomBytes } from 'node:crypto'
import { LABS, labById } from '../find.ts'
import { saltCommitment } from '../judge/seeds.ts'
import {
  ASSIGNMENT_FORMAT,
  type Assignment,
  ID,
  parseAssignment,
  SALT_BYTES,
  SECRET_FORMAT,
  toBase64Url,
} from './schema/assignment.ts'

export interface NewAssignmentOptions {
  readonly lab: string
  readonly id?: string | undefined
  readonly title?: string | undefined
  readonly publicSeeds: number
  readonly hiddenSeeds: number
  /** When it is due, RFC 3339. */
  readonly due?: string | undefined
  /** What counts later: `80@2026-11-15T23:59:00+01:00`, in rising order. */
  readonly late?: readonly string[]
}

export interface NewAssignment {
  readonly id: string
  readonly assignmentText: string
  readonly secretText: string
}

function laterCredit(text: string): { readonly until: string; readonly percent: number } {
  const [, percent, until] = /^(\d{1,3})@(.+)$/.exec(text) ?? []
  if (until === undefined)
    throw new Error(`--late is "${text}"; write what counts until when, such as 80@2026-11-15T23:59:00+01:00`)
  return { until, percent: Number(percent) }
}

/** Throws an Error of one sentence when an option is wrong. */
export function newAssignment(options: NewAssignmentOptions): NewAssignment {
  const lab = labById(options.lab)
  if (lab === undefined)
    throw new Error(`there is no lab "${options.lab}"; there are ${LABS.map((one) => one.id).join(', ')}`)
  const id = options.id ?? lab.id
  if (!ID.test(id)) throw new Error(`"${id}" is no name for an assignment: use a-z, 0-9, ".", "_" and "-"`)
  const salt = randomBytes(SALT_BYTES)
  const seeds = { public: options.publicSeeds, hidden: options.hiddenSeeds }
  const assignment: Assignment = {
    format: ASSIGNMENT_FORMAT,
    id,
    title: options.title ?? lab.title,
    labs: [{ lab: lab.id, version: lab.version }],
    hiddenSeeds: 'per-learner',
    saltCommitment: saltCommitment(salt),
    checks: lab.checks.map((check) => ({
      lab: lab.id,
      id: check.id,
      points: check.points / 100,
      seeds,
      credit: 'fraction',
    })),
    ...(options.due === undefined ? {} : { due: options.due }),
    ...(options.late === undefined || options.late.length === 0
      ? {}
      : { credit: [{ until: 'due', percent: 100 }, ...options.late.map(laterCredit)] }),
  }
  const assignmentText = `${JSON.stringify(assignment, null, 2)}\n`
  parseAssignment(assignmentText)
  const secret = { format: SECRET_FORMAT, assignment: id, salt: toBase64Url(salt) }
  return { id, assignmentText, secretText: `${JSON.stringify(secret, null, 2)}\n` }
}
