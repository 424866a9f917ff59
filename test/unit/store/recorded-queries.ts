/** What clients of the official broker asked of its recorded stores beside pulling, and what they were answered. */
import { type ExpectedStore, recordedStore } from '../../support/recorded.ts'

interface RecordedQueries {
  readonly queries: {
    readonly queryMessageResponse: readonly {
      readonly topic: string
      readonly key: string
      readonly maxNum: number
      readonly begin: number
      readonly end: number
      readonly ext: { readonly indexLastUpdatePhyoffset: string; readonly indexLastUpdateTimestamp: string }
      readonly offsetMsgIds: readonly string[]
    }[]
    readonly queryMessageByUniqueKey: readonly {
      readonly topic: string
      readonly uniqKey: string
      readonly offsetMsgIds?: readonly string[]
    }[]
    readonly viewMessageByOffsetMsgId: readonly {
      readonly offsetMsgId: string
      readonly result: { readonly physicalOffset: number; readonly storeSize: number; readonly topic?: string }
    }[]
    readonly searchOffsetByTimestamp: readonly {
      readonly topic: string
      readonly queueId: number
      readonly timestamp: number
      readonly offset: number
    }[]
  }
  readonly consumerOffsets: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly delayOffsets: Readonly<Record<string, number>>
}

/** A recorded store with everything that was asked of it. */
export function recordedQueries(name: 'store-clean' | 'store-killed') {
  const { files, expected } = recordedStore(name)
  return { files, expected: expected as ExpectedStore & RecordedQueries }
}
