/** Makes an assignment for a lab on the command line: its two files, with a fresh salt. */
import { randomBytes } from 'node:crypto'
import { LABS, labById } from '../find.ts'
import { SALT_BYTES } from './schema/assignment.ts'
import { type AssignmentChoices, makeAssignment, type NewAssignment } from './schema/make-assignment.ts'

/** Throws an Error of one sentence when an option is wrong. */
export function newAssignment({ lab: id, ...choices }: AssignmentChoices & { readonly lab: string }): NewAssignment {
  const lab = labById(id)
  if (lab === undefined) throw new Error(`there is no lab "${id}"; there are ${LABS.map((one) => one.id).join(', ')}`)
  return makeAssignment(lab, choices, randomBytes(SALT_BYTES))
}
