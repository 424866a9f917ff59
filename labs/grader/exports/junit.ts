/**
 * All results as JUnit XML, for the views of continuous integration.
 *
 * The two dialects (Ant, Jenkins) are joined: counts are right, a case has one failure at most. A case is a check and a seed,
 * for GitLab drops cases of equal names. Time is the simulated one, so the file is the same wherever it is made. What could
 * not be judged is an error, not a failure. Of hidden runs only the verdict is written.
 */
import type { GradedSubmission, SeedResult } from '../schema/result.ts'
import { pointsText } from '../schema/result.ts'

/** The text of the file. */
export function junitXml(graded: readonly GradedSubmission[]): string {
  const suites = graded.map(suiteOf)
  const sums = ['tests', 'failures', 'errors'] as const
  const totals = sums.map((name) => `${name}="${suites.reduce((sum, suite) => sum + suite[name], 0)}"`).join(' ')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${totals}>\n${suites.map(({ xml }) => xml).join('')}</testsuites>\n`
}

function suiteOf(one: GradedSubmission, id: number) {
  const cases = one.checks.flatMap((check) => check.seeds.map((seed) => ({ check, seed })))
  const count = (verdict: string) => cases.filter(({ seed }) => seed.verdict === verdict).length
  const [tests, failures, errors] = [cases.length, count('failed'), count('could-not-judge')]
  const timeMs = cases.reduce((sum, { seed }) => sum + seed.atMs, 0)
  const properties = one.checks.map(
    (check) =>
      `<property name="points.${text(check.id)}" value="${pointsText(check.score)}/${pointsText(check.max)}"/>`,
  )
  const xml = `<testsuite name="${text(`${one.lab.id}.${one.learner}`)}" package="glassmq" id="${id}" hostname="localhost" tests="${tests}" failures="${failures}" errors="${errors}" skipped="0" time="${seconds(timeMs)}" timestamp="1970-01-01T00:00:00">
<properties>${properties.join('')}</properties>
${cases.map(({ check, seed }) => caseOf(one.lab.id, check.id, seed)).join('')}</testsuite>
`
  return { tests, failures, errors, xml }
}

function caseOf(lab: string, check: string, seed: SeedResult): string {
  const head = `<testcase classname="${text(lab)}" name="${text(`${check} ${seed.name}`)}" time="${seconds(seed.atMs)}"`
  if (seed.verdict === 'passed') return `${head}/>\n`
  const tag = seed.verdict === 'failed' ? 'failure' : 'error'
  const words = seed.name.startsWith('h') ? 'a hidden run' : seed.sentence
  return `${head}><${tag} type="${text(seed.reason)}" message="${text(words)}"/></testcase>\n`
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3)
}

/** Text for XML 1.0: control characters go, the five signs are escaped. */
function text(value: string): string {
  const signs: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return value.replace(/[\u0000-\u001f\u007f\ufffe\uffff]/g, ' ').replace(/[&<>"']/g, (sign) => signs[sign]!)
}
