/**
 * Runs a list of commands one after the other, says what is going on, and ends with a table.
 *
 * Every stage runs even when one before it failed: a failing formatter should not hide a failing test. The exit code is 1
 * when any failed.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Stage {
  readonly name: string
  readonly command: readonly string[]
  /** Why it is not run, or '' when it is. */
  readonly skip?: string
  /** Its failure ends everything: what follows needs it. */
  readonly essential?: boolean
}

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The environment of every command: the pinned Node first. */
export function toolEnv(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
    FORCE_COLOR: process.stdout.isTTY ? '1' : '0',
    ASTRO_TELEMETRY_DISABLED: '1',
  }
}

/** Runs one command with our output; resolves with its exit code. */
export function run(command: readonly string[]): Promise<number> {
  const [file, ...args] = command
  return new Promise((resolve) => {
    const child = spawn(file!, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env: toolEnv() })
    child.on('error', (error) => {
      console.error(`cannot start ${file}: ${error.message}`)
      resolve(1)
    })
    child.on('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)))
  })
}

/** Runs the stages and prints the table; returns the exit code. */
export async function runStages(stages: readonly Stage[]): Promise<number> {
  const results: { name: string; result: string; seconds: string }[] = []
  let failed = 0
  for (const [i, stage] of stages.entries()) {
    if (stage.skip !== undefined && stage.skip !== '') {
      console.log(`\n[${i + 1}/${stages.length}] ${stage.name}: skipped, ${stage.skip}`)
      results.push({ name: stage.name, result: `skipped: ${stage.skip}`, seconds: '' })
      continue
    }
    console.log(`\n[${i + 1}/${stages.length}] ${stage.name}`)
    const startMs = Date.now()
    const code = await run(stage.command)
    results.push({
      name: stage.name,
      result: code === 0 ? 'passed' : `FAILED (exit ${code})`,
      seconds: ((Date.now() - startMs) / 1000).toFixed(1),
    })
    if (code !== 0) failed++
    if (code !== 0 && stage.essential === true) break
  }
  console.log(`\n${table(results)}`)
  const skipped = results.filter((result) => result.result.startsWith('skipped')).length
  const passed = results.length - failed - skipped
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  return failed === 0 ? 0 : 1
}

function table(results: readonly { name: string; result: string; seconds: string }[]): string {
  const width = Math.max(...results.map((result) => result.name.length))
  return results
    .map(
      ({ name, result, seconds }) =>
        `${name.padEnd(width)}  ${seconds.padStart(7)}${seconds === '' ? ' ' : 's'}  ${result}`,
    )
    .join('\n')
}
