/** The words of a check that platforms show: how many runs passed, and the sentence of the first public run that failed. */
import type { CheckResult } from '../schema/result.ts'

export function checkWords(check: CheckResult): string {
  const passed = (prefix: string) => {
    const seeds = check.seeds.filter(({ name }) => name.startsWith(prefix))
    return `${seeds.filter(({ verdict }) => verdict === 'passed').length} of ${seeds.length}`
  }
  const shown = check.seeds.find(({ name, verdict }) => name.startsWith('p') && verdict === 'failed')
  return [
    `Public runs ${passed('p')}, hidden runs ${passed('h')}.`,
    ...(shown === undefined ? [] : [shown.sentence]),
  ].join('\n')
}
