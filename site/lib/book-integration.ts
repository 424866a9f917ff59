/**
 * What the book adds to Astro's build: the audit of quoted regions before it, and the finish of every page after it.
 *
 * A build with a broken quote or a broken link stops with one sentence for each. The development server only warns, so that
 * a chapter can be written in any order.
 */
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AstroIntegration } from 'astro'
import { basePath, headersFile, headersFor } from '../config.ts'
import { writeStamp } from './build-stamp.ts'
import {
  addPolicy,
  breakNames,
  brokenLinks,
  earlyFrame,
  earlyScripts,
  earlyStyles,
  edited,
  fetchScripts,
  focusTables,
  freeTheme,
  markLayout,
  parsePage,
  rebase,
} from './finish-html.ts'
import { FIRST, LATER, scriptsOf } from './lab-page-scripts.ts'
import { regionFaults } from './region-files.ts'

/** Pages that open the labs' sandbox. */
function isLabPage(page: string): boolean {
  return page.startsWith('labs/') || page.startsWith('help/doctor')
}

/** The integration; listed last in `astro.config.mjs`. */
export function book(): AstroIntegration {
  return {
    name: 'glassmq-book',
    hooks: {
      'astro:config:setup': ({ command, logger }) => {
        const faults = regionFaults()
        if (faults.length === 0) return
        if (command === 'build') throw new Error(`Quoted code is not in order.\n  ${faults.join('\n  ')}`)
        for (const fault of faults) logger.warn(fault)
      },
      'astro:server:setup': ({ server }) => {
        const base = basePath(process.env)
        server.middlewares.use((request, response, next) => {
          const path = `/${(request.url ?? '/').replace(/\?.*$/, '').slice(base.length)}`
          for (const [name, value] of Object.entries(headersFor(path))) response.setHeader(name, value)
          next()
        })
      },
      'astro:build:done': async ({ dir, logger }) => {
        const folder = fileURLToPath(dir)
        const base = basePath(process.env)
        const faults: string[] = []
        const pages = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.html'))
        const urlsOf = async (modules: readonly string[]) =>
          (await scriptsOf(folder, modules)).map((name) => `${base}_astro/${name}`)
        const [first, later] = [await urlsOf(FIRST), await urlsOf(LATER)]
        for (const page of pages) {
          const file = join(folder, page)
          const parsed = parsePage(await readFile(file, 'utf8'))
          faults.push(...brokenLinks(page, parsed, base, (target) => existsSync(join(folder, target))))
          const edits = [
            freeTheme(parsed),
            focusTables(parsed),
            breakNames(parsed),
            markLayout(parsed),
            earlyStyles(parsed),
            earlyScripts(parsed),
            earlyFrame(parsed),
            fetchScripts(parsed, first, later),
            rebase(parsed, base),
            addPolicy(parsed, isLabPage(page)),
          ]
          await writeFile(file, edited(parsed, edits.flat()))
        }
        if (faults.length > 0) throw new Error(`Links are not in order.\n  ${faults.join('\n  ')}`)
        await writeFile(join(folder, '_headers'), headersFile(base))
        await writeStamp(folder, base)
        logger.info(`${pages.length} pages finished: policy, links, headers`)
      },
    },
  }
}
