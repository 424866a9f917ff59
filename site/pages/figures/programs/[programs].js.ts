/** The programs of figures that replace modules: `/figures/programs/<id>.<hash>.js`, fetched by the page's worker. */
import type { APIRoute } from 'astro'
import { FIGURES } from '../../../figures/found.ts'
import { programsFile, programsText } from '../../../figures/replaced.ts'

export async function getStaticPaths() {
  const figures = [...FIGURES.values()].flatMap(({ id, spec: { instead } }) => (instead ? [{ id, instead }] : []))
  return Promise.all(
    figures.map(async ({ id, instead }) => ({
      params: { programs: await programsFile(id, instead) },
      props: { text: await programsText(instead) },
    })),
  )
}

export const GET: APIRoute = ({ props }) =>
  new Response(String(props['text']), { headers: { 'content-type': 'text/javascript; charset=utf-8' } })
