/** The application that a WebContainer is given: every program as ES modules of JavaScript. */
import type { APIRoute } from 'astro'
import { loadModule } from '../../lib/rooms.ts'

export const GET: APIRoute = async () => {
  const { appTree } = await loadModule<typeof import('../../../labs/runtime/app-tree.ts')>('labs/runtime/app-tree.ts')
  return new Response(JSON.stringify(appTree()), { headers: { 'Content-Type': 'application/json; charset=utf-8' } })
}
