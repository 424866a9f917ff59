/** The filter of a subscription that came by heartbeat: which messages a broker hands out. */
import { expect, it } from 'vitest'
import { ExpressionFilters } from '../../../reference/broker/filter/expression-filters.ts'
import { filterOfSubscription } from '../../../reference/broker/filter/pull-filter.ts'
import { javaHashCode } from '../../../reference/common/hash.ts'
import type { Json } from '../../../reference/common/lax-json.ts'
import { subscriptionDataShape } from '../../../reference/remoting/bodies/heartbeat.ts'

const passes = (subscription: { [name: string]: Json }, tag: string) =>
  filterOfSubscription(new ExpressionFilters(false), subscriptionDataShape(subscription, '')).byTag(javaHashCode(tag))

it('a subscription without hashes gets no message, unless its text is *', () => {
  expect(passes({ topic: 'Orders', subString: 'paid', codeSet: [] }, 'paid')).toBe(false)
  expect(passes({ topic: 'Orders', subString: '*', codeSet: [] }, 'paid')).toBe(true)
  expect(passes({ topic: 'Orders', subString: 'paid', codeSet: [javaHashCode('paid')] }, 'paid')).toBe(true)
})
