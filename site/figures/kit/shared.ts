/** The shelves of a page: all panes of one figure share one, whichever comes near first. */
import type { TraceEvent } from '../../../reference/host/trace.ts'
import { learnFor } from './mechanisms/known.ts'
import { RARE } from './mechanisms/rare.ts'
import { RunShelf } from './shelf.ts'
import type { RunLog, ShippedRun } from './types.ts'

const shelves = new Map<string, Promise<RunShelf>>()

/** The shelf of a figure; its run is fetched once. Throws a sentence when that fails, and tries anew the next time. */
export function sharedShelf(id: string, runUrl: string): Promise<RunShelf> {
  let shelf = shelves.get(id)
  if (shelf === undefined) {
    shelf = load(id, runUrl)
    shelf.catch(() => shelves.delete(id))
    shelves.set(id, shelf)
  }
  return shelf
}

async function load(id: string, runUrl: string): Promise<RunShelf> {
  const shipped = (await (await fetched(runUrl)).json()) as ShippedRun
  if (shipped.v !== 1 || shipped.id !== id) throw new Error('the file is of another edition')
  const beside = (name: string) => new URL(name, new URL(runUrl, location.href)).href
  const programs = shipped.programs && beside(shipped.programs)
  const { rest } = shipped
  const shelf = new RunShelf(
    shipped.spec,
    await known(shipped.run),
    async (seed, actions, onProgress) =>
      known(await (await import('./engine.ts')).runInWorker(id, seed, actions, programs, onProgress)),
    rest === undefined ? undefined : async () => knownEvents(await (await fetched(beside(rest))).json()),
  )
  shelf.warm = async () => {
    const { warm } = await import('./engine.ts')
    await eachInATask<unknown>([
      () => warm(id, programs),
      () => import('./PaneOver.svelte'),
      () => import('./actions.ts'),
      () => import('./link.ts'),
      () => import('./views/stage.ts'),
      () => import('./tasks.ts'),
      ...Object.values(RARE),
    ])
  }
  return shelf
}

/** Begins each work in a task of its own: what a browser does to ask for ten modules at once takes longer than an answer may. */
async function eachInATask<T>(works: readonly (() => Promise<T>)[]): Promise<void> {
  const begun: Promise<T>[] = []
  for (const work of works) {
    await new Promise((next) => setTimeout(next))
    const one = work()
    // told below, when all have begun
    one.catch(() => {})
    begun.push(one)
  }
  await Promise.all(begun)
}

/** Events of which the page knows what they do and say. */
async function knownEvents(events: readonly TraceEvent[]): Promise<readonly TraceEvent[]> {
  await learnFor(events)
  return events
}

async function known(run: RunLog): Promise<RunLog> {
  await learnFor(run.events)
  return run
}

async function fetched(url: string): Promise<Response> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  return response
}
