/** A figure's link says one moment exactly; a bad one is refused with its reason. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACTIONS_MAX } from '../../../site/figures/kit/limits.ts'
import { readLink, writeLink } from '../../../site/figures/kit/link.ts'
import { spec } from '../../support/example-figure.ts'

const read = (fragment: string) => readLink('example-journey', 'kept', spec.cast, fragment)
const GOOD = '#fig-example-journey-kept?v=1&run=example-journey.3f9c&s=12&a=kill:broker-a@1200&t=2310&e=412'

const action = fc.oneof(
  fc.record({
    does: fc.constantFrom('kill' as const, 'restart' as const, 'cut' as const),
    on: fc.constantFrom(...spec.cast.map(({ name }) => name)),
    atMs: fc.nat(600_000),
  }),
  fc.record({ does: fc.constant('heal' as const), on: fc.constant(''), atMs: fc.nat(600_000) }),
  fc.record({ does: fc.constant('send' as const), on: fc.constantFrom('order-8', 'order-12'), atMs: fc.nat(600_000) }),
)

describe('links', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: ACTIONS_MAX }),
        fc.nat(600_000_000),
        fc.nat(20_000),
        fc.nat(2 ** 31 - 1),
        (actions, thousandths, events, seed) => {
          actions.sort((a, b) => a.atMs - b.atMs)
          const link = {
            id: 'example-journey',
            pane: 'kept',
            run: 'example-journey.3f9c',
            seed,
            actions,
            atMs: thousandths / 1_000,
            events,
          }
          expect(read(writeLink(link))).toEqual({ link })
        },
      ),
    )
  })

  it('look as the book says', () => {
    const { link } = read(GOOD)
    expect(link).toEqual({
      id: 'example-journey',
      pane: 'kept',
      run: 'example-journey.3f9c',
      seed: 12,
      actions: [{ does: 'kill', on: 'broker-a', atMs: 1_200 }],
      atMs: 2_310,
      events: 412,
    })
    expect(writeLink(link!)).toBe(GOOD)
  })

  const bad: readonly [string, string, RegExp][] = [
    ['another figure', GOOD.replace('fig-example-journey-kept', 'fig-held-pull'), /not a link to the figure/],
    ['no state', '#fig-example-journey-kept', /not a link/],
    ['another version', GOOD.replace('v=1', 'v=2'), /version is "2"/],
    ['no version', GOOD.replace('v=1&', ''), /version is ""/],
    ['another figure’s run', GOOD.replace('run=example-journey', 'run=held-pull'), /belongs to another figure/],
    ['a run without digits', GOOD.replace('.3f9c', ''), /not a name and four digits/],
    ['a run with code', GOOD.replace('.3f9c', '.<script>'), /not a name and four digits/],
    ['a seed that is no number', GOOD.replace('s=12', 's=1e3'), /seed "1e3"/],
    ['a seed that is too large', GOOD.replace('s=12', 's=9999999999'), /seed/],
    ['a negative time', GOOD.replace('t=2310', 't=-1'), /time "-1"/],
    ['a time past the end of days', GOOD.replace('t=2310', 't=99999999'), /time/],
    ['no time', GOOD.replace('&t=2310', ''), /time ""/],
    ['an event that is no number', GOOD.replace('e=412', 'e=Infinity'), /event "Infinity"/],
    ['an unknown part', `${GOOD}&x=1`, /part "x"/],
    ['a part said twice', `${GOOD}&s=3`, /says s twice/],
    ['an unknown action', GOOD.replace('kill', 'explode'), /"explode" is not one of/],
    ['somebody who is not there', GOOD.replace('broker-a', 'broker-z'), /names broker-z/],
    ['nobody', GOOD.replace(':broker-a', ''), /names nobody/],
    ['an action without a time', GOOD.replace('@1200', ''), /not written as/],
    ['an action too late', GOOD.replace('@1200', '@99999999'), /later than/],
    ['actions out of order', GOOD.replace('@1200', '@1200,cut:broker-b@1100'), /order of time/],
    ['too many actions', GOOD.replace('kill:broker-a@1200', Array(25).fill('heal@1').join(',')), /25 actions/],
    ['more than a page keeps', `${GOOD}${'0'.repeat(2_000)}`, /characters/],
  ]
  for (const [what, fragment, reason] of bad) {
    it(`with ${what} is refused with its reason`, () => {
      const { fault } = read(fragment)
      expect(fault).toMatch(reason)
      expect(fault).toContain('You see the figure’s own run'.replace('’', "'"))
    })
  }

  it('never throw, whatever stands in the address', () => {
    fc.assert(fc.property(fc.string(), (text) => void read(`#fig-example-journey-kept?${text}`)))
  })
})
