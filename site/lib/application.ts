/**
 * How the programs that a chapter shows as the reader's own (`code/*.ts`) are run by the suite of all chapters.
 *
 * Such a file exports, below the regions that the page quotes, one constant `proof`. The suite starts a NameServer, two
 * brokers and the topic `Orders`, begins each program on a node of its own, and compares what the programs reported.
 */
import type { ClientInstance } from '../../reference/client/client-instance.ts'

/** One program: the name of its node, and the function that begins it. */
export interface Application {
  readonly node: string
  /** Begins the program. `report` is called with each text that the program lets its reader see, such as a send status. */
  readonly begin: (client: ClientInstance, report: (text: string) => void) => unknown
}

/** What a file of `code/` promises. */
export interface Proof {
  /** The programs. They begin one after another, `CODE_PAUSE_MS` apart. */
  readonly programs: readonly Application[]
  /** What the programs report within `CODE_TIME_MS` of virtual time, in this order. */
  readonly reports: readonly string[]
}

/** Virtual time between the beginnings of two programs, in ms. */
export const CODE_PAUSE_MS = 1_000

/** Virtual time after which the reports are compared, in ms. */
export const CODE_TIME_MS = 60_000
