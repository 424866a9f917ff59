/** The figure that tests of the kit use: the example chapter's, so that no chapter of the book can break them. */
import { figureOf } from '../../site/figures/kit/source.ts'
import { figure } from '../fixtures/chapters/99-example/figures/journey.ts'

export const { id, spec, scenario } = figureOf('site/chapters/99-example/figures/journey.ts', { figure })
