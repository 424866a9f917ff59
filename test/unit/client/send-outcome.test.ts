/** What the answer of a producer program says of a message whose send has failed. */
import { expect, it } from 'vitest'
import { outcomeOfError } from '../../../reference/client/apps/send-outcome.ts'
import { ClientError } from '../../../reference/client/client-error.ts'

it('is refused when no broker has the message, and unknown when one may have it, with the code of the broker', () => {
  const refused = new ClientError('broker-a refused: not enough replicas', 'definite', 218)
  expect(outcomeOfError(refused)).toEqual({ outcome: 'refused', code: 218 })
  expect(outcomeOfError(new ClientError('no answer', 'unknown'))).toEqual({ outcome: 'unknown', code: 0 })
})
