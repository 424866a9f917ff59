/**
 * A static file server for the built book: types, compression, caching, a real 404, and the headers of `config.ts`.
 *
 * | request                         | answer                                                        |
 * | ------------------------------- | ------------------------------------------------------------- |
 * | a file, or a folder's index     | 200, brotli or gzip where it helps, 304 when unchanged        |
 * | a folder without its slash      | 301 to the same with one                                      |
 * | anything else under the base    | 404 with the book's own page                                  |
 * | outside the base                | 302 to the base from `/`, else 404                            |
 * | not GET or HEAD; a bad address  | 405; 400: one sentence each                                   |
 *
 * Bundled files carry a hash in their name and are kept for a year; everything else is asked for again each time.
 * Not here: ranges, folder listings, TLS. It serves one machine.
 */
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { headersFor } from '../config.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.xml': 'application/xml; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.zip': 'application/zip',
}
const COMPRESSED = new Set(['.html', '.css', '.js', '.mjs', '.json', '.txt', '.xml', '.svg', '.wasm'])
/** Below this a compressed answer is hardly shorter. */
const COMPRESS_MIN_BYTES = 1_000
/** Compressed answers kept in memory; over it all are forgotten and made again. */
const CACHE_BYTES_MAX = 64 * 1024 * 1024
/**
 * Scripts and styles never change, so they are compressed as far as possible, once: a twentieth smaller, in a tenth of a second
 * for the largest. A page is compressed while a reader waits for it.
 */
const BROTLI_QUALITY = { immutable: constants.BROTLI_MAX_QUALITY, page: 6 } as const
/** The highest quality is slow, so a larger file gets the other one. */
const BEST_QUALITY_BYTES_MAX = 256 * 1024

const brotli = promisify(brotliCompress)
const gzipped = promisify(gzip)

interface Found {
  readonly path: string
  readonly etag: string
}

/** A server, not yet listening, for the files of `folder` under `base`, which begins and ends with a slash. */
export function createStaticServer(folder: string, base: string): Server {
  const cache = new CompressionCache()
  return createServer((request, response) => {
    answer(folder, base, cache, request, response).catch((error: unknown) => {
      if (!response.headersSent) plain(response, 500, `This page could not be read: ${String(error)}`)
      else response.destroy()
    })
  })
}

async function answer(
  folder: string,
  base: string,
  cache: CompressionCache,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return plain(response, 405, `${request.method} is not answered here: only GET and HEAD are.`, {
      Allow: 'GET, HEAD',
    })
  const [address = '/', query] = (request.url ?? '/').split('?', 2)
  const path = decoded(address)
  if (path === undefined) return plain(response, 400, 'This address is not valid: correct its percent signs.')
  if (!path.startsWith(base)) {
    if (path === '/' || `${path}/` === base) return redirect(response, 302, base)
    return plain(response, 404, `There is nothing here: the book is at ${base}.`)
  }
  const below = path.slice(base.length - 1)
  for (const [name, value] of Object.entries(headersFor(below))) response.setHeader(name, value)

  const file = await find(folder, below)
  if (file === 'folder') return redirect(response, 301, `${address}/${query === undefined ? '' : `?${query}`}`)
  if (file !== undefined) return send(file, 200, cache, request, response)
  const lost = await find(folder, '/404.html')
  if (lost !== undefined && lost !== 'folder') return send(lost, 404, cache, request, response)
  plain(response, 404, 'There is no such page.')
}

/** The file for a path below the base; 'folder' when only the slash is missing. */
async function find(folder: string, below: string): Promise<Found | 'folder' | undefined> {
  const path = normalize(join(folder, below.endsWith('/') ? `${below}index.html` : below))
  if (!path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return undefined
  const status = await stat(path).catch(() => undefined)
  if (status === undefined) return undefined
  if (status.isDirectory()) return (await find(folder, `${below}/`)) === undefined ? undefined : 'folder'
  const etag = createHash('sha256').update(`${path} ${status.size} ${status.mtimeMs}`).digest('base64url').slice(0, 22)
  return { path, etag: `W/"${etag}"` }
}

async function send(
  file: Found,
  status: number,
  cache: CompressionCache,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const extension = extname(file.path)
  response.setHeader('Content-Type', TYPES[extension] ?? 'application/octet-stream')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('ETag', file.etag)
  response.setHeader('Vary', 'Accept-Encoding')
  const isHashed = isImmutable(file)
  response.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
  if (status === 200 && request.headers['if-none-match'] === file.etag) {
    response.writeHead(304).end()
    return
  }
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const encoding = !COMPRESSED.has(extension)
    ? ''
    : /\bbr\b/.test(accepted)
      ? 'br'
      : /\bgzip\b/.test(accepted)
        ? 'gzip'
        : ''
  const body = await cache.body(file, encoding)
  if (body.encoding !== '') response.setHeader('Content-Encoding', body.encoding)
  response.setHeader('Content-Length', body.bytes.length)
  response.writeHead(status).end(request.method === 'HEAD' ? undefined : body.bytes)
}

/** True for a file whose name holds a hash of its content. */
function isImmutable(file: Found): boolean {
  return file.path.includes(`${sep}_astro${sep}`)
}

function brotliOf(file: Found, sizeBytes: number) {
  const isBest = isImmutable(file) && sizeBytes <= BEST_QUALITY_BYTES_MAX
  return { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY[isBest ? 'immutable' : 'page'] } }
}

/** Bodies as they go out, so that each file is compressed once. */
class CompressionCache {
  readonly #kept = new Map<string, { bytes: Buffer; encoding: string }>()
  #keptBytes = 0

  async body(file: Found, encoding: string): Promise<{ bytes: Buffer; encoding: string }> {
    const key = `${encoding} ${file.etag}`
    const known = this.#kept.get(key)
    if (known !== undefined) return known
    const raw = await readFile(file.path)
    if (encoding === '' || raw.length < COMPRESS_MIN_BYTES) return { bytes: raw, encoding: '' }
    const bytes = encoding === 'br' ? await brotli(raw, brotliOf(file, raw.length)) : await gzipped(raw)
    if (this.#keptBytes + bytes.length > CACHE_BYTES_MAX) {
      this.#kept.clear()
      this.#keptBytes = 0
    }
    const body = { bytes, encoding }
    this.#kept.set(key, body)
    this.#keptBytes += bytes.length
    return body
  }
}

function decoded(address: string): string | undefined {
  try {
    const path = decodeURIComponent(address)
    return path.includes('\0') || !path.startsWith('/') ? undefined : path
  } catch {
    return undefined
  }
}

function redirect(response: ServerResponse, status: number, to: string): void {
  // A target that begins with two slashes would lead to another host.
  response.writeHead(status, { Location: to.replace(/^\/+/, '/') }).end()
}

function plain(response: ServerResponse, status: number, sentence: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers }).end(`${sentence}\n`)
}
