/** The names that the editable files of a lab may use, by file. */
import type { APIRoute, GetStaticPaths } from 'astro'
import { namesOf, starterOf } from '../../../lib/lab-names.ts'
import { labsOfBook } from '../../../lib/labs.ts'

export const getStaticPaths: GetStaticPaths = async () =>
  (await labsOfBook()).map(({ lab }) => ({ params: { lab: lab.id } }))

export const GET: APIRoute = async ({ params }) => {
  const { lab } = (await labsOfBook()).find((one) => one.lab.id === params['lab'])!
  const names = lab.files.map((file) => [file.path, namesOf(file, starterOf(lab.id, file.path))])
  return new Response(JSON.stringify(Object.fromEntries(names)), {
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
  })
}
