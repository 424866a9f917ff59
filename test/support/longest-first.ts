/**
 * The order of test files: those that take longest begin first, so that none of them is left alone at the end while the other
 * workers have nothing to do. A fresh clone has no record of how long a file took; this list stands in for it.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files of a minute and more, the longest first. */
const LONGEST = [
  'site/engines/webkit.test.ts',
  'site/engines/firefox.test.ts',
  'site/browser/webcontainer.test.ts',
  'site/browser/site.test.ts',
  'site/browser/authors.test.ts',
  'site/browser/lab.test.ts',
  'site/browser/journey.test.ts',
  'site/browser/lab-webcontainer.test.ts',
  'site/browser/pane.test.ts',
  'labs/grader/guest.test.ts',
  'labs/labs.test.ts',
  'chapters/chapters.test.ts',
  'labs/grader/grade-folder.test.ts',
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}`))
      return index < 0 ? LONGEST.length : index
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}
