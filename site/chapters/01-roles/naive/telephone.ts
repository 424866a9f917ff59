/**
 * A shop and a billing with no message queue between them: the shop calls, the billing answers.
 *
 * Chapter 1 runs this program in place of `reference/client/apps/producer.ts`, once as the shop and once as the billing. One
 * connection carries one order, as JSON, and the answer to it, the word `charged`.
 *
 * | argument              | meaning                                                                    |
 * | --------------------- | -------------------------------------------------------------------------- |
 * | plays=shop            | be the shop (the default); `billing=host:port` is whom it calls            |
 * | again=true            | of a shop: call until an answer comes                                      |
 * | plays=billing         | be the billing; `listen=host:port` is where it is called                   |
 *
 * | application calls, the shop | with        | answer                                                              |
 * | --------------------------- | ----------- | ------------------------------------------------------------------- |
 * | send                        | {key, …}    | {status, error}; SEND_OK: the billing has said yes, where elsewhere a broker says it |
 *
 * | question, from the billing  | text        | answer                                                              |
 * | --------------------------- | ----------- | ------------------------------------------------------------------- |
 * | charge                      | {key}       | {status: charged}; the application plays the bank                   |
 */

import { clientProgram } from '../../../../reference/client/apps/client-program.ts'
import type { Host } from '../../../../reference/host/host.ts'
import type { ProgramSignals, RunningProgram } from '../../../../reference/host/program.ts'
import { beginBilling } from './billing.ts'
import { beginShop } from './shop.ts'

/** Starts the shop or the billing. The text at the start of this file lists the arguments. */
export function main(host: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  return clientProgram(host, args, signals, (settings) => {
    if (settings.text('plays', 'shop') === 'billing') beginBilling(host, settings, signals)
    else {
      beginShop(host, settings)
      host.clock.after(0, () => signals.ready())
    }
    return () => {}
  })
}
