/** Serves the built book once more, with the stand-in in the place of stackblitz.com in its policy. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Mirror {
  readonly origin: string
  /** Allowed by the pages' policy instead of stackblitz.com; '' changes nothing. */
  standInOrigin: string
  close(): Promise<void>
}

const SERVICE = 'https://stackblitz.com'
const PASSED_ON = ['content-type', 'cross-origin-opener-policy', 'cross-origin-embedder-policy']

export async function mirrorSite(siteOrigin: string): Promise<Mirror> {
  const server = createServer(async (request, response) => {
    const original = await fetch(`${siteOrigin}${request.url}`)
    for (const name of PASSED_ON) {
      const value = original.headers.get(name)
      if (value !== null) response.setHeader(name, value)
    }
    const bytes = Buffer.from(await original.arrayBuffer())
    const isPage = original.headers.get('content-type')?.startsWith('text/html') === true
    const body =
      isPage && mirror.standInOrigin !== '' ? bytes.toString().replaceAll(SERVICE, mirror.standInOrigin) : bytes
    response.writeHead(original.status).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const mirror: Mirror = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    standInOrigin: '',
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return mirror
}
