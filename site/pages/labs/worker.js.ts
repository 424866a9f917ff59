/** The script of the labs' worker: the simulator, the judge and the linker. */
import type { APIRoute } from 'astro'
import { workerScript } from '../../lib/lab-assets.ts'

export const GET: APIRoute = async () =>
  new Response(await workerScript(), { headers: { 'Content-Type': 'text/javascript; charset=utf-8' } })
