/** A send that was tried several times: what its caller may believe. */
import { expect, it } from 'vitest'
import { ClientError } from '../../../reference/client/client-error.ts'
import { endOfTries, type Outgoing } from '../../../reference/client/producer/outgoing.ts'

const refused = { error: new ClientError('broker-b refused: busy', 'definite', 2) }
const tried = (mayBeStored: boolean) => ({ mayBeStored }) as Outgoing

it('ends as unknown when an earlier try lost its answer, whatever the last broker says', () => {
  const { error } = endOfTries(tried(true), refused)
  expect(error).toMatchObject({ outcome: 'unknown', code: 2 })
  expect(error?.message).toBe('broker-b refused: busy; a broker of an earlier try may have stored the message')
})

it('is definite when every try was refused, and a success stays one', () => {
  expect(endOfTries(tried(false), refused)).toBe(refused)
  const sent = { result: { status: 'SEND_OK' } } as never
  expect(endOfTries(tried(true), sent)).toBe(sent)
})
