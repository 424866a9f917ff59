/**
 * The row of the chapters' Java programs: what a chapter shows as the reader's own code in Java (`code/*.java`) is run as it is
 * printed, with the official client against GlassMQ's servers, and reports what the TypeScript beside it reports.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Proof } from '../../site/lib/application.ts'
import { ROOT } from '../support/stages.ts'
import { withServers } from './cells-cluster.ts'
import { expectThat } from './expect.ts'
import { glassmqBroker, glassmqNameServer } from './glassmq.ts'
import { type JavaHome, javaHome } from './java-home.ts'
import { javaCommand, javaPeers } from './java-toolchain.ts'
import type { Row } from './rows.ts'

/** Longest wait for what a program reports. */
const REPORT_LIMIT_MS = 60_000

export const chaptersRow: Row = {
  id: 'chapters-java',
  title: 'the Java programs that chapters show',
  isApart: true,
  without: ({ column }) => (column.server === 'glassmq' ? undefined : 'the programs use the official Java client'),
  async run({ column }) {
    const files = globSync('site/chapters/*/code/*.java', { cwd: ROOT }).sort()
    expectThat(files.length > 0, 'no chapter has a program in Java')
    const { clientClassPath } = (await javaPeers())[column.tools]
    for (const path of files)
      await withServers(async (keep) => {
        const { address } = keep(await glassmqNameServer())
        keep(await glassmqBroker({ namesrv: address, config: {} }))
        const { reports } = await proofBeside(path)
        const home = javaHome({ line: column.tools, purpose: 'chapter', heapMiB: { min: 64, max: 256 } })
        keep({ stop: async () => home.remove() })
        const args = [...home.flags, '-cp', clientClassPath, `${ROOT}/${path}`, address]
        const lines = await linesOf(args, home, reports.length)
        // which comes first, the answer to the shop or the order to the billing, is not promised
        const [got, wanted] = [[...lines].sort().join(', '), [...reports].sort().join(', ')]
        expectThat(got === wanted, `${path} printed ${got}; its chapter promises ${wanted}`)
      })
    return files.map((path) => basename(path)).join(', ')
  },
}

/** The promise of the program in TypeScript that has the same name as the Java one, but for its first letter. */
async function proofBeside(path: string): Promise<Proof> {
  const beside = path.replace(/[^/]+\.java$/, (name) => `${name[0]!.toLowerCase()}${name.slice(1, -'.java'.length)}.ts`)
  const { proof } = (await import(pathToFileURL(`${ROOT}/${beside}`).href)) as { readonly proof?: Proof }
  if (proof === undefined) throw new Error(`${beside} exports no proof, which ${path} is compared with`)
  return proof
}

/** The first `count` lines that a Java program prints; it is ended then. */
async function linesOf(args: readonly string[], home: JavaHome, count: number): Promise<readonly string[]> {
  const child = spawn(await javaCommand(), args, {
    cwd: home.path,
    env: { ...process.env, ...home.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, errors] = ['', '']
  const lines = () => out.split('\n').slice(0, -1)
  try {
    await new Promise<void>((resolve, reject) => {
      const limit = setTimeout(
        () =>
          reject(
            new Error(`printed ${lines().length} of ${count} lines within ${REPORT_LIMIT_MS / 1_000} s; ${errors}`),
          ),
        REPORT_LIMIT_MS,
      )
      const end = (error?: Error): void => {
        clearTimeout(limit)
        if (error === undefined) resolve()
        else reject(error)
      }
      child.stderr.on('data', (chunk: Buffer) => void (errors = (errors + chunk.toString()).slice(-2_000)))
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString()
        if (lines().length >= count) end()
      })
      child.on('error', end)
      child.on('exit', (code) => end(lines().length >= count ? undefined : new Error(`ended with ${code}: ${errors}`)))
    })
    return lines()
  } finally {
    child.kill('SIGKILL')
  }
}
