import { chromium } from 'playwright-core'
import { gzipSync } from 'node:zlib'
import { readFileSync } from 'node:fs'
import { createStaticServer } from './site/lib/static-server.ts'
const DIST = process.env.D ?? '/work/main/dist'
const server = createStaticServer(DIST, '/')
await new Promise(d => server.listen(0, '127.0.0.1', d))
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium-headless-shell', args: ['--no-sandbox'] })
for (const ch of process.argv.slice(2)) {
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
const s = new Map()
page.on('requestfinished', async r => { if (r.resourceType() === 'script') s.set(new URL(r.url()).pathname, gzipSync(readFileSync(DIST + new URL(r.url()).pathname)).length) })
await page.goto(`http://127.0.0.1:${server.address().port}/chapters/${ch}/`)
if (process.env.SCROLL) for (const host of await page.locator(".gmq-pane-host").all()) { await host.scrollIntoViewIfNeeded(); await host.locator(".pane:not(.waiting)").waitFor() } else await page.waitForTimeout(1500)
await page.waitForLoadState('networkidle')
const inline = await page.evaluate(() => [...document.querySelectorAll('script:not([src])')].map(o => o.textContent).join('\n'))
const list = [...s].sort((a, b) => b[1] - a[1])
console.log(ch, 'total', list.reduce((a, [, n]) => a + n, 0) + gzipSync(inline).length, 'inline', gzipSync(inline).length, 'files', list.length)
if (process.argv.length === 3) for (const [u, n] of list) console.log(String(n).padStart(7), u)
await page.close()
}
await browser.close(); server.close()
