/**
 * An assignment as a link: `…/labs/lost-address/#a=<base64url of zlib>`. It stands in the fragment, so no server sees it.
 *
 * Read strictly: at most 8 KiB of link, 64 KiB of assignment, and whatever the file may not hold the link may not hold either.
 * A secret is refused.
 */
import { ASSIGNMENT_BYTES_MAX } from '../limits.ts'
import { type Assignment, parseAssignment } from './assignment.ts'
import { LINK_CHARACTERS_MAX, packText, unpackText } from './packed.ts'

const PREFIX = '#a='

/** The fragment, or a sentence when the assignment is too large for one. */
export function assignmentFragment(assignment: Assignment): { readonly fragment: string } | { readonly fault: string } {
  const fragment = `${PREFIX}${packText(JSON.stringify(assignment))}`
  if (fragment.length <= LINK_CHARACTERS_MAX) return { fragment }
  return {
    fault: `the assignment is too large for a link of ${LINK_CHARACTERS_MAX} characters: give the file`,
  }
}

/** The address that learners open, in the book of the assignment; a sentence where there is none. */
export function learnerLink(assignment: Assignment): string {
  const { book, labs } = assignment
  if (book === undefined) return 'the assignment does not say where its book is, so there is no link'
  const link = assignmentFragment(assignment)
  return 'fragment' in link ? `link for learners: ${book}labs/${labs[0]!.lab}/${link.fragment}` : link.fault
}

/** What a fragment says: undefined when it is no assignment at all. */
export function readAssignmentFragment(
  fragment: string,
):
  | { readonly assignment: Assignment; readonly fault?: never }
  | { readonly fault: string; readonly assignment?: never }
  | undefined {
  if (!fragment.startsWith(PREFIX)) return undefined
  if (fragment.length > LINK_CHARACTERS_MAX)
    return { fault: `the link has ${fragment.length} characters, ${LINK_CHARACTERS_MAX} are possible` }
  const text = unpackText(fragment.slice(PREFIX.length), ASSIGNMENT_BYTES_MAX)
  if (text === undefined) return { fault: 'the link was cut or changed: ask for it again' }
  try {
    return { assignment: parseAssignment(text) }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) }
  }
}
