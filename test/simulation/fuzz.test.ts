/** Hostile bytes: a little of what `npm run soak -- --campaign decoders` and `--campaign servers` do for longer. */
import { expect, it } from 'vitest'
import { decoderCampaign } from './soak/fuzz/decoders.ts'
import { serverCampaign } from './soak/fuzz/servers.ts'

it('20,000 hostile inputs: every decoder gives a value or a sentence', async () => {
  const campaign = decoderCampaign()
  for (const seed of [1, 2]) {
    const { violation, counts } = await campaign.run(seed)
    expect(violation?.message, `seed ${seed}`).toBeUndefined()
    expect(counts['frames'], 'enough of them are nearly right').toBeGreaterThan(3_000)
  }
})

it('a NameServer and a broker under attack serve everybody else', async () => {
  const campaign = serverCampaign()
  for (let seed = 1; seed <= 8; seed++) {
    const { violation } = await campaign.run(seed)
    expect(violation?.message, `seed ${seed}`).toBeUndefined()
  }
})
