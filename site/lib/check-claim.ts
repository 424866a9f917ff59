/** Checks a claim of a chapter on the pinned run of its figure, at build. */
import { pinnedRun } from '../figures/build.ts'
import { FIGURES, type FoundFigure } from '../figures/found.ts'
import type { Claim, Claims } from './claim.ts'
import { type Room, roomModule, rooms } from './rooms.ts'

/** The claims of a chapter; none when it has no `claims.ts`. */
export async function claimsOf(room: Room): Promise<Claims> {
  return (await roomModule<{ readonly claims: Claims }>(room, 'claims.ts'))?.claims ?? {}
}

/** The figure that a claim is about. Throws a sentence when the chapter has no such figure, or several and none is named. */
export function figureOfClaim(room: Room, id: string, claim: Claim): FoundFigure {
  const figures = [...FIGURES.values()].filter((figure) => figure.room.slug === room.slug)
  const found = figures.filter(({ name }) => claim.figure === undefined || name === claim.figure)
  if (found.length !== 1) {
    const names = figures.map(({ name }) => name).join(', ') || 'none'
    throw new Error(`${room.folder}/claims.ts: the claim "${id}" must name one figure of the chapter (there: ${names})`)
  }
  return found[0]!
}

/** Numbers of the events that show the claim. Throws a sentence when it is unknown or does not hold. */
export async function checkClaim(slug: string, id: string): Promise<readonly number[]> {
  const room = rooms().find((one) => one.slug === slug)
  if (room === undefined) throw new Error(`<Claim id="${id}"> stands outside a chapter`)
  const claims = await claimsOf(room)
  const claim = claims[id]
  if (claim === undefined)
    throw new Error(`there is no claim "${id}": ${room.folder}/claims.ts has ${Object.keys(claims).join(', ')}`)
  const figure = figureOfClaim(room, id, claim)
  const shownBy = claim.shownBy((await pinnedRun(figure.id)).events)
  if (shownBy.length === 0) throw new Error(`the claim "${id}" does not hold in the run of figure ${figure.id}`)
  return shownBy.map((event) => event.n)
}
