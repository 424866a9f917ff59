/**
 * What a start does with each record of the log when queues are taken for a store of their own: nothing. This file stands in the
 * place of `reference/store/offer-to-queues.ts` in the first figure of chapter 5. It is wrong.
 */
import type { MessageExt } from '#reference/common/message.ts'
import type { OfferedQueues } from '#reference/store/consume-queue-store.ts'
import { tagsCodeOf } from '#reference/store/put-message.ts'

// #region naive-offer
export class OfferToQueues {
  readonly entriesAreMissing: boolean

  constructor(_queues: OfferedQueues, _isWholeLog: boolean) {
    // A queue is what its files hold.
    this.entriesAreMissing = false
  }

  /** Called for each record that a start finds in the log. */
  record(_message: MessageExt): void {}
}
// #endregion naive-offer

/** Returns the tags code of an entry. */
export function entryTagsCode({ properties }: MessageExt, _levelsMs: readonly number[]): number {
  return tagsCodeOf(properties)
}
