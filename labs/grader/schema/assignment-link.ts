/**
 * An assignment as a link: `…/labs/lost-address/#a=<base64url of zlib>`. It stands in the fragment, so no server sees it.
 *
 * Read strictly: at most 8 KiB of link, 64 KiB of assignment, and whatever the file may not hold the link may not hold either.
 * A secret is refused.
 */
import { zlibSync } from 'fflate'
import { inflateAtMost } from '../../../reference/common/inflate.ts'
import { decodeUtf8, encodeUtf8 } from '../../../reference/common/utf8.ts'
import { ASSIGNMENT_BYTES_MAX } from '../limits.ts'
import { type Assignment, fromBase64Url, parseAssignment, toBase64Url } from './assignment.ts'

/** Characters of a link's fragment: what chats and mail programs leave whole. */
export const ASSIGNMENT_LINK_CHARACTERS_MAX = 8 * 1024
const PREFIX = '#a='

/** The fragment, or a sentence when the assignment is too large for one. */
export function assignmentFragment(assignment: Assignment): { readonly fragment: string } | { readonly fault: string } {
  const fragment = `${PREFIX}${toBase64Url(zlibSync(encodeUtf8(JSON.stringify(assignment)), { level: 9 }))}`
  if (fragment.length <= ASSIGNMENT_LINK_CHARACTERS_MAX) return { fragment }
  return {
    fault: `the assignment is too large for a link of ${ASSIGNMENT_LINK_CHARACTERS_MAX} characters: give the file`,
  }
}

/** What a fragment says: undefined when it is no assignment at all. */
export function readAssignmentFragment(
  fragment: string,
):
  | { readonly assignment: Assignment; readonly fault?: never }
  | { readonly fault: string; readonly assignment?: never }
  | undefined {
  if (!fragment.startsWith(PREFIX)) return undefined
  if (fragment.length > ASSIGNMENT_LINK_CHARACTERS_MAX)
    return { fault: `the link has ${fragment.length} characters, ${ASSIGNMENT_LINK_CHARACTERS_MAX} are possible` }
  const bytes = unpacked(fragment.slice(PREFIX.length))
  if (bytes === undefined) return { fault: 'the link was cut or changed: ask for it again' }
  try {
    return { assignment: parseAssignment(decodeUtf8(bytes)) }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) }
  }
}

function unpacked(text: string): Uint8Array | undefined {
  try {
    return inflateAtMost(fromBase64Url(text), ASSIGNMENT_BYTES_MAX)
  } catch {
    return undefined
  }
}
