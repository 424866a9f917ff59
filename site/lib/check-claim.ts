/** Checks a claim of a chapter on the pinned run of its figure, at build. */
import { pinnedRun } from '../figures/build.ts'
import { FIGURES, type FoundFigure } from '../figures/found.ts'
import { ask } from '../figures/kit/ask.ts'
import type { Claim, Claims } from './claim.ts'
import { type Room, roomModule, rooms } from './rooms.ts'
import type { Value, Values } from './value.ts'

/** The claims of a chapter; none when it has no `claims.ts`. */
export async function claimsOf(room: Room): Promise<Claims> {
  return (await roomModule<{ readonly claims: Claims }>(room, 'claims.ts'))?.claims ?? {}
}

/** The figure that a claim or a value is about: the one it names, or the chapter's first by name. Throws a sentence. */
export function figureOfClaim(room: Room, id: string, claim: Claim | Value): FoundFigure {
  const figures = [...FIGURES.values()].filter((figure) => figure.room.slug === room.slug)
  const found = figures.find(({ name }) => claim.figure === undefined || name === claim.figure)
  if (found === undefined) {
    const names = figures.map(({ name }) => name).join(', ') || 'none'
    throw new Error(`${room.folder}/claims.ts: "${id}" must name a figure of the chapter (there: ${names})`)
  }
  return found
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

/** The values of a chapter; none when its `claims.ts` has none. */
export async function valuesOf(room: Room): Promise<Values> {
  return (await roomModule<{ readonly values?: Values }>(room, 'claims.ts'))?.values ?? {}
}

/** The text of a value on the pinned run. Throws a sentence when it is unknown or the run has no such thing. */
export async function valueText(slug: string, id: string): Promise<string> {
  const room = rooms().find((one) => one.slug === slug)
  if (room === undefined) throw new Error(`<Value id="${id}"> stands outside a chapter`)
  const values = await valuesOf(room)
  const value = values[id]
  if (value === undefined)
    throw new Error(
      `there is no value "${id}": ${room.folder}/claims.ts has ${Object.keys(values).join(', ') || 'none'}`,
    )
  const figure = figureOfClaim(room, id, value)
  const text = String(value.of((await pinnedRun(figure.id)).events))
  if (text === '' || text === 'NaN' || text === 'undefined')
    throw new Error(`the value "${id}" is not to be had from the run of figure ${figure.id}`)
  return text
}

/** The answer to a question over the pinned run of a chapter's figure. Throws a sentence when there is none. */
export async function askedText(slug: string, question: string, figure?: string): Promise<string> {
  const found = [...FIGURES.values()].find(({ room, name }) => room.slug === slug && (figure ?? name) === name)
  if (found === undefined)
    throw new Error(`<Value ask="${question}"> stands outside a chapter with a figure ${figure ?? ''}`)
  const answer = ask(await pinnedRun(found.id), question)
  if (answer === '' || answer === -1 || Number.isNaN(answer))
    throw new Error(`the run of figure ${found.id} has no answer to "${question}"`)
  return typeof answer === 'number' ? answer.toLocaleString('en') : String(answer)
}
