/** Every module of every program a lab can start, compiled. */
import type { APIRoute } from 'astro'
import { modulesJson } from '../../lib/lab-assets.ts'

export const GET: APIRoute = async () =>
  new Response(await modulesJson(), { headers: { 'Content-Type': 'application/json; charset=utf-8' } })
