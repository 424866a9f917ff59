/** All figures' scenarios by id: what the engine can run. Loaded by the build and the worker, never by a page itself. */
import type { FigureScenario } from './kit/types.ts'
import { scenario as rolesJourney } from './roles-journey/scenario.ts'

export const SCENARIOS: Readonly<Record<string, FigureScenario>> = { [rolesJourney.id]: rolesJourney }
