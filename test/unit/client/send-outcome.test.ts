/** What the answer of a producer program says of a message whose send has failed. */
import { expect, it } from 'vitest'
import { outcomeOfError } from '../../../reference/client/apps/send-outcome.ts'
import { ClientError } from '../../../reference/client/client-error.ts'

it('is refused when no broker has the message, and unknown when one may have it', () => {
  expect(outcomeOfError(new ClientError('broker-a refused: busy', 'definite', 2))).toBe('refused')
  expect(outcomeOfError(new ClientError('no answer', 'unknown'))).toBe('unknown')
})
