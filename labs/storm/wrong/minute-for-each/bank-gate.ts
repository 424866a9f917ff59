/** Each order asks the bank once a minute. */
import type { Clock } from '../../../host/host.ts'
import type { ConsumeContext, ConsumeStatus } from '../../consumer/pull/listener.ts'
import type { ChargeResult, Order } from './bank.ts'

export class BankGate {
  constructor(_clock: Clock) {}

  async bill(_order: Order, charge: () => Promise<ChargeResult>, context: ConsumeContext): Promise<ConsumeStatus> {
    try {
      await charge()
      return 'CONSUME_SUCCESS'
    } catch {
      context.delayLevelWhenNextConsume = 5
      return 'RECONSUME_LATER'
    }
  }
}
