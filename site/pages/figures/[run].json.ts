/**
 * The figures' logs as files of their own: `/figures/<id>.<hash>.json`, fetched when a figure comes near; of a long run the later
 * events in `<id>.<hash>.rest.json`, fetched when a pane needs them.
 */
import type { APIRoute } from 'astro'
import { shippedRun } from '../../figures/build.ts'
import { FIGURES } from '../../figures/found.ts'

export async function getStaticPaths() {
  const runs = await Promise.all([...FIGURES.keys()].map((id) => shippedRun(id)))
  return runs
    .flatMap(({ rest, ...first }) => (rest === undefined ? [first] : [first, rest]))
    .map(({ name, text }) => ({ params: { run: name }, props: { text } }))
}

export const GET: APIRoute = ({ props }) =>
  new Response(String(props['text']), { headers: { 'content-type': 'application/json' } })
