/** Starts a load in a process of its own, so that it does not share a core with a server, and returns what it prints as JSON. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const LIMIT_MS = 180_000

/** Runs a program of this folder. Rejects when the program fails or takes more than three minutes. */
export async function runLoad<T>(program: string, ...args: readonly (string | number)[]): Promise<T> {
  const path = fileURLToPath(new URL(program, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [path, ...args.map(String)], { timeout: LIMIT_MS })
  return JSON.parse(stdout) as T
}
