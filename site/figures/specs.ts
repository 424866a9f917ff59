/** All figures by id: what they say about themselves. Small, for pages. */
import type { FigureSpec } from './kit/types.ts'
import { spec as rolesJourney } from './roles-journey/spec.ts'

export const SPECS: Readonly<Record<string, FigureSpec>> = { [rolesJourney.id]: rolesJourney }
