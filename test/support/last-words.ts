/**
 * A reporter for vitest that keeps what the end of a long run must repeat: which tests failed, with the first lines of why, and
 * which passed only when run again. `stages.ts` prints it below the table, since the place where it happened is thousands of
 * lines further up, or cut off.
 */
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { sayLast } from './stages.ts'

/** Lines of an error that are kept. */
const ERROR_LINES_MAX = 12

export default class LastWords implements Reporter {
  readonly #failed: string[] = []
  readonly #again: string[] = []

  onTestCaseResult(test: TestCase): void {
    const result = test.result()
    const name = `${placeOf(test.module)} > ${test.fullName}`
    const why = (result.errors ?? []).map(({ message, stack }) => shortened(stack ?? message)).join('\n')
    if (result.state === 'failed') this.#failed.push(`failed: ${name}\n${why}`)
    else if (test.diagnostic()?.flaky === true) this.#again.push(`passed only when run again: ${name}\n${why}`)
  }

  onTestModuleEnd(module: TestModule): void {
    const place = placeOf(module)
    for (const { message, stack } of module.errors())
      this.#failed.push(`failed: ${place}\n${shortened(stack ?? message)}`)
    for (const suite of module.children.allSuites())
      for (const { message, stack } of suite.errors())
        this.#failed.push(`failed: ${place} > ${suite.fullName}\n${shortened(stack ?? message)}`)
  }

  onTestRunEnd(): void {
    sayLast([...this.#failed, ...this.#again].join('\n\n'))
  }
}

function placeOf({ moduleId }: TestModule): string {
  return moduleId.replace(/^.*\/test\//, 'test/')
}

/** The first lines of an error, moved in, without the places in other people's packages. */
function shortened(text: string): string {
  const lines = text.split('\n').filter((line) => !/^\s+at .*node_modules/.test(line))
  const kept = lines.slice(0, ERROR_LINES_MAX)
  return [...kept, ...(lines.length > kept.length ? ['…'] : [])].map((line) => `    ${line}`).join('\n')
}
