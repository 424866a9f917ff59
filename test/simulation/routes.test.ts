/**
 * The tables of a NameServer against a plain model, the first seeds of `npm run soak -- --campaign routes`; and the proof that
 * the campaign can fail: a model with a mistake of its own does not agree.
 */
import { expect, it, vi } from 'vitest'
import { RouteModel } from './soak/routes/route-model.ts'
import { routesCampaign } from './soak/routes/routes-campaign.ts'

const SEEDS = 150

/** The first seed that finds a difference; 0 when none does. */
async function firstDifference(): Promise<number> {
  const campaign = routesCampaign()
  for (let seed = 1; seed <= SEEDS; seed++) if ((await campaign.run(seed)).violation !== undefined) return seed
  return 0
}

it(`${SEEDS} seeds: what is told is what was registered last`, async () => {
  expect(await firstDifference()).toBe(0)
})

it.each(['leave', 'close', 'touch', 'deleteTopic', 'allowWrites'] as const)(
  'a difference in %s is noticed',
  async (name) => {
    const spy = vi.spyOn(RouteModel.prototype, name).mockImplementation(() => true as never)
    try {
      expect(await firstDifference()).toBeGreaterThan(0)
    } finally {
      spy.mockRestore()
    }
  },
)
