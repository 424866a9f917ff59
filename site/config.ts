/**
 * The site's few settings: read by the build, the development server, `serve.ts` and the labs.
 *
 * Response headers stand here once. Book pages get none that isolate them, so nothing there depends on a server; only the
 * pages that start a WebContainer are cross-origin isolated.
 */

/** Where `npm start` and `npm run dev` listen unless told otherwise. */
export const DEFAULT_PORT = 4321

/** Our servers are for this machine only. */
export const HOST = '127.0.0.1'

/** What `Cross-Origin-Embedder-Policy` says on lab pages; also the `coep` option of a WebContainer's `boot`. */
export const LAB_COEP = 'credentialless'

/** Routes, below the base, whose pages and everything under them are cross-origin isolated. */
export const ISOLATED_ROUTES: readonly string[] = ['/labs', '/help/doctor']

/** The headers that isolate a page. */
export const ISOLATION_HEADERS: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': LAB_COEP,
}

/** The path the book lives under: `/`, or `/book/` when `GLASSMQ_BASE` says `book`. Begins and ends with a slash. */
export function basePath(environment: Readonly<Record<string, string | undefined>>): string {
  const trimmed = (environment['GLASSMQ_BASE'] ?? '').replace(/^\/+|\/+$/g, '')
  return trimmed === '' ? '/' : `/${trimmed}/`
}

/** The headers of a page by its path below the base, which begins with a slash. */
export function headersFor(path: string): Readonly<Record<string, string>> {
  const isIsolated = ISOLATED_ROUTES.some((route) => path === route || path.startsWith(`${route}/`))
  return isIsolated ? ISOLATION_HEADERS : {}
}

/** The same for static hosts, as the text of a `_headers` file. */
export function headersFile(base: string): string {
  const lines: string[] = []
  for (const route of ISOLATED_ROUTES) {
    for (const path of [`${base}${route.slice(1)}`, `${base}${route.slice(1)}/*`]) {
      lines.push(path, ...Object.entries(ISOLATION_HEADERS).map(([name, value]) => `  ${name}: ${value}`))
    }
  }
  return `${lines.join('\n')}\n`
}
