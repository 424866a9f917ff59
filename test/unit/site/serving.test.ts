/**
 * How the built book leaves the machine: sub-paths, headers, links, and a server that answers every address with a file, a
 * page that says there is none, or one sentence.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { basePath, headersFile, headersFor } from '../../../site/config.ts'
import {
  addPolicy,
  breakNames,
  brokenLinks,
  type Edit,
  earlyFrame,
  earlyScripts,
  earlyStyles,
  edited,
  fetchScripts,
  focusTables,
  freeTheme,
  markLayout,
  type ParsedPage,
  parsePage,
  rebase,
} from '../../../site/lib/finish-html.ts'
import { createStaticServer } from '../../../site/lib/static-server.ts'
import { ROOT } from '../../support/stages.ts'

describe('settings', () => {
  it.each([
    [undefined, '/'],
    ['', '/'],
    ['book', '/book/'],
    ['/a/b/', '/a/b/'],
  ])('GLASSMQ_BASE=%s puts the book at %s', (value, base) => {
    expect(basePath({ GLASSMQ_BASE: value })).toBe(base)
  })

  it('isolates lab pages and the doctor, nothing that only begins like them', () => {
    for (const path of ['/labs', '/labs/', '/labs/a/b.js', '/help/doctor', '/help/doctor/'])
      expect(headersFor(path), path).toEqual({
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'credentialless',
      })
    for (const path of ['/', '/labsx', '/help/', '/chapters/labs/']) expect(headersFor(path), path).toEqual({})
  })

  it('says the same to static hosts, under the base', () => {
    expect(headersFile('/book/')).toContain('/book/labs/*\n  Cross-Origin-Opener-Policy: same-origin\n')
    expect(headersFile('/')).toContain('\n/help/doctor\n')
  })
})

/** The text after one step of the finish. */
function finished(html: string, step: (page: ParsedPage) => readonly Edit[]): string {
  const page = parsePage(html)
  return edited(page, step(page))
}

describe('the finish of a page', () => {
  it('leaves the theme to the reader', () => {
    expect(finished('<html lang="en" data-theme="dark" data-has-toc>', freeTheme)).toBe('<html lang="en" data-has-toc>')
    const page = '<html lang="en"><body><section class="gmq-section text-only"></section></body></html>'
    expect(finished(page, markLayout)).toContain('<html lang="en" data-sections>')
    expect(finished('<html lang="en"><body></body></html>', markLayout)).not.toContain('data-sections')
  })

  it('has every style in its head, once, in its order', () => {
    const html =
      '<html><head><style>a{}</style></head><body><p>b</p><style>b{}</style><p>c</p><style>b{}</style><style>c{}</style></body></html>'
    expect(finished(html, earlyStyles)).toBe(
      '<html><head><style>a{}</style><style>b{}</style><style>c{}</style></head><body><p>b</p><p>c</p></body></html>',
    )
  })

  it('lets the script that prepares a sandbox wait for no other', () => {
    const page = '<html><body></body></html><script type="module" src="/_astro/_lab_.astro_1.js"></script>'
    expect(finished(page, earlyScripts)).toContain('<script async type="module" src="/_astro/_lab_')
    const other = '<script type="module" src="/_astro/Pane.astro_1.js"></script>'
    expect(finished(other, earlyScripts)).toBe(other)
  })

  it('begins the frame of a lab with the page, and fetches what it needs later', () => {
    const bench = '<html><head><title>a</title></head><body><p class="before-bench">b</p></body></html>'
    expect(finished(bench, earlyFrame)).toMatch(
      /<body><iframe id="lab-sandbox" sandbox="allow-scripts" [\s\S]*><\/iframe><p/,
    )
    const prefetched = (page: string) => finished(page, (parsed) => fetchScripts(parsed, ['/first.js'], ['/a.js']))
    expect(prefetched(bench)).toContain(
      '</title><link rel="modulepreload" href="/first.js"><link rel="prefetch" as="script" href="/a.js"></head>',
    )
    const other = bench.replace('before-bench', 'other')
    expect([finished(other, earlyFrame), prefetched(other)]).toEqual([other, other])
  })

  it('moves root-relative links under the base, once, and no others', () => {
    const html = '<a href="/glossary/"><a href="/book/x"><a href="//a.b/"><a href="#c"><img src="/i.png">'
    expect(finished(html, (page) => rebase(page, '/book/'))).toBe(
      '<a href="/book/glossary/"><a href="/book/x"><a href="//a.b/"><a href="#c"><img src="/book/i.png">',
    )
    expect(finished(html, (page) => rebase(page, '/'))).toBe(html)
  })

  it('allows the inline scripts that are there, by hash, after the charset', () => {
    const html = finished(
      '<head><meta charset="utf-8"/><script>1</script><script src="/x.js"></script></head>',
      addPolicy,
    )
    expect(html).toMatch(/^<head><meta charset="utf-8"\/><meta http-equiv="Content-Security-Policy"/)
    expect(html).toContain("script-src 'self' 'wasm-unsafe-eval' 'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='")
  })

  it('reads a page as a browser does: comments, scripts and text that look like tags stay as they are', () => {
    const html =
      '<html><head><script>const a = \'<a href="/x">\'</script></head><body><!-- <a href="/y"> --><table><tr><td title=\'a > "b"\'><template><a href=/z></template></table>'
    expect(finished(html, (page) => [...focusTables(page), ...rebase(page, '/book/')])).toBe(
      html.replace('<table>', '<table tabindex="0">').replace('/z', '/book/z'),
    )
    expect(brokenLinks('p.html', parsePage(html), '/book/', () => false)).toEqual([
      'p.html: the link to /book/z leads nowhere; write that page or remove the link.',
    ])
  })

  it('lets names in tables break between their words, and nowhere else', () => {
    const html =
      '<p><code>aB.c</code></p><table><tbody><tr><td><code>AutoSwitchHAClient.doTruncate&#x3C;T></code> aB.c</td></tr></tbody></table>'
    expect(finished(html, breakNames)).toBe(
      html.replace('AutoSwitchHAClient.doTruncate', 'Auto<wbr>Switch<wbr>HA<wbr>Client.<wbr>do<wbr>Truncate'),
    )
  })

  it('reports a link that leads nowhere', () => {
    const has = (file: string) => ['index.html', 'a/index.html', 'x.svg'].includes(file)
    const html =
      '<a href="/book/"><a class="c" href="/book/a/#b"><a href="/book/x.svg"><a href="/book/gone/?q"><a href="https://a/">'
    expect(brokenLinks('p.html', parsePage(html), '/book/', has)).toEqual([
      'p.html: the link to /book/gone/?q leads nowhere; write that page or remove the link.',
    ])
  })
})

describe('the server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gmq-site-'))
  const long = `<p>${'glass '.repeat(400)}</p>`
  let server: Server
  let port = 0

  beforeAll(async () => {
    mkdirSync(join(folder, 'site/chapters/roles'), { recursive: true })
    mkdirSync(join(folder, 'site/_astro'))
    writeFileSync(join(folder, 'site/index.html'), long)
    writeFileSync(join(folder, 'site/404.html'), '<p>lost</p>')
    writeFileSync(join(folder, 'site/chapters/roles/index.html'), long)
    writeFileSync(join(folder, 'site/_astro/a.12.js'), 'export {}')
    writeFileSync(join(folder, 'secret.txt'), 'not yours')
    server = createStaticServer(join(folder, 'site'), '/book/')
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    port = (server.address() as { port: number }).port
  })
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
    rmSync(folder, { recursive: true })
  })

  interface Answer {
    readonly status: number
    readonly headers: Readonly<Record<string, string | string[] | undefined>>
    readonly body: Buffer
  }

  /** Sends the path as it is: nothing tidies `..` away on the way. */
  function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    return new Promise((done, fail) => {
      const sent = request({ port, host: '127.0.0.1', path, headers, method }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        )
      })
      sent.on('error', fail)
      sent.end()
    })
  }

  it('compresses with what the browser can read, and says the type', async () => {
    const br = await ask('/book/', { 'accept-encoding': 'gzip, br' })
    expect(br.headers['content-encoding']).toBe('br')
    expect(brotliDecompressSync(br.body).toString()).toBe(long)
    const gz = await ask('/book/', { 'accept-encoding': 'gzip' })
    expect(gunzipSync(gz.body).toString()).toBe(long)
    const plain = await ask('/book/')
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(plain.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(plain.body.toString()).toBe(long)
  })

  it('keeps bundled files for a year and asks again for pages', async () => {
    expect((await ask('/book/_astro/a.12.js')).headers['cache-control']).toContain('immutable')
    const page = await ask('/book/')
    expect(page.headers['cache-control']).toBe('no-cache')
    expect((await ask('/book/', { 'if-none-match': String(page.headers['etag']) })).status).toBe(304)
  })

  it('sends a reader who forgot the slash, or the base, to the right place', async () => {
    const folderPath = await ask('/book/chapters/roles?q=1')
    expect([folderPath.status, folderPath.headers['location']]).toEqual([301, '/book/chapters/roles/?q=1'])
    expect((await ask('/')).headers['location']).toBe('/book/')
    expect((await ask('/book')).headers['location']).toBe('/book/')
  })

  it('answers an unknown address with the book’s own page and 404', async () => {
    const lost = await ask('/book/no/such')
    expect([lost.status, lost.body.toString()]).toEqual([404, '<p>lost</p>'])
    expect((await ask('/elsewhere')).status).toBe(404)
  })

  it.each(['/book/../secret.txt', '/book/%2e%2e/secret.txt', '/book/..%2fsecret.txt', '/book//../../secret.txt'])(
    'never leaves its folder: %s',
    async (path) => {
      const answer = await ask(path)
      expect(answer.status).not.toBe(200)
      expect(answer.body.toString()).not.toContain('not yours')
    },
  )

  it('says in one sentence what it does not answer', async () => {
    expect((await ask('/book/%zz')).status).toBe(400)
    expect((await ask('/book/%00')).status).toBe(400)
    const post = await ask('/book/', {}, 'POST')
    expect([post.status, post.body.toString()]).toEqual([405, 'POST is not answered here: only GET and HEAD are.\n'])
    const head = await ask('/book/', {}, 'HEAD')
    expect([head.status, head.body.length]).toEqual([200, 0])
  })

  it('isolates lab pages, also those it does not find', async () => {
    expect((await ask('/book/labs/x')).headers['cross-origin-embedder-policy']).toBe('credentialless')
    expect((await ask('/book/')).headers['cross-origin-embedder-policy']).toBeUndefined()
  })
})

it('no style of a page with panes asks of the whole page what is in it: every step of a pane would pay for that', () => {
  for (const name of readdirSync(join(ROOT, 'site/styles')))
    expect(readFileSync(join(ROOT, 'site/styles', name), 'utf8').replace(/\/\*[\s\S]*?\*\//g, ''), name).not.toMatch(
      /(^|[\s,}])(html|body|:root|main)[^\s,{]*:has\(/m,
    )
})
