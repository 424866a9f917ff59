/** Serves the test page of the stand-in: isolated or not, with a policy or none. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { appTree } from '../../../labs/runtime/app-tree.ts'

const ENTRY = fileURLToPath(new URL('./page-entry.ts', import.meta.url))

/** What a response of the page is like; may be changed between visits. */
export interface PageSettings {
  /** `Cross-Origin-Embedder-Policy`; '' leaves both isolation headers out. */
  coep: 'credentialless' | 'require-corp' | ''
  /** `Content-Security-Policy`; '' for none. `STAND-IN` stands for the stand-in's origin. */
  policy: string
  /** What the client takes its frame from. */
  standInOrigin: string
}

export interface PageServer {
  readonly origin: string
  readonly settings: PageSettings
  close(): Promise<void>
}

let script: Promise<string> | undefined

export async function servePage(): Promise<PageServer> {
  script ??= bundle()
  const text = await script
  const tree = JSON.stringify(appTree())
  const settings: PageSettings = { coep: 'credentialless', policy: '', standInOrigin: '' }
  const server = createServer((request, response) => {
    if (settings.coep !== '') {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
      response.setHeader('Cross-Origin-Embedder-Policy', settings.coep)
    }
    if (settings.policy !== '')
      response.setHeader('Content-Security-Policy', settings.policy.replaceAll('STAND-IN', settings.standInOrigin))
    const path = request.url?.split('?')[0]
    if (path === '/app-tree.json') response.setHeader('Content-Type', 'application/json').end(tree)
    else if (path === '/page.js') response.setHeader('Content-Type', 'text/javascript').end(text)
    else response.setHeader('Content-Type', 'text/html; charset=utf-8').end(html(settings.standInOrigin))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    settings,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function html(standInOrigin: string): string {
  const named = `globalThis.WEBCONTAINER_API_IFRAME_URL = ${JSON.stringify(standInOrigin)}`
  return `<!doctype html><title>test page</title><body><script>${named}</script><script type="module" src="/page.js"></script>`
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
  })
  return outputFiles[0]!.text
}
