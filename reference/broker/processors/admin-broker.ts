/**
 * Collects the handlers of most requests of operators and of slaves. The table shows which file handles which requests.
 *
 * | requests about         | file                 | codes                              |
 * | ---------------------- | -------------------- | ---------------------------------- |
 * | topics                 | `topic-admin.ts`      | 17, 18, 21, 215, 305, 351           |
 * | groups                 | `group-admin.ts`      | 200, 201, 207, 225, 352, 353        |
 * | who consumes what: offsets of topics and groups, and messages that are not consumed yet | `consume-stats.ts` | 202, 208, 300, 303, 317, 343, 345 |
 * | offsets                | `offset-admin.ts`     | 43, 45, 308, 314                    |
 * | resets, and the offsets of members | `reset-offset.ts`     | 222, 223                            |
 * | connected clients      | `connections.ts`      | 203, 204, 328                       |
 * | requests to a consumer | `call-consumer.ts`    | 307, 309                            |
 * | statistics             | `broker-stats.ts`     | 28, 315, 907, 2003                  |
 * | settings               | `broker-config.ts`    | 25, 26                              |
 * | freeing disk space     | `clean-up.ts`         | 306, 316, 329                       |
 *
 * When the setting `adminWriteEnable` is false, the broker refuses the requests that `remoting/admin-writes.ts` lists.
 *
 * RocketMQ: `AdminBrokerProcessor`, one class for all requests. Controller mode: `broker/replicas/replicas-requests.ts`. Left
 * out: static topics, ACL, RocksDB.
 */
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { brokerConfigHandlers, type ConfigParts } from './broker-config.ts'
import { brokerStatsHandlers, type StatsParts } from './broker-stats.ts'
import { type CallConsumerParts, callConsumerHandlers } from './call-consumer.ts'
import { type CleanUpParts, cleanUpHandlers } from './clean-up.ts'
import { type ConnectionParts, connectionHandlers } from './connections.ts'
import { type ConsumeStatsParts, consumeStatsHandlers } from './consume-stats.ts'
import { type GroupAdminParts, groupAdminHandlers } from './group-admin.ts'
import { type OffsetAdminParts, offsetAdminHandlers } from './offset-admin.ts'
import { type ResetOffsetParts, resetOffsetHandlers } from './reset-offset.ts'
import { type TopicAdminParts, topicAdminHandlers } from './topic-admin.ts'

/** The parts of the broker that the handlers of all these files need. */
export interface AdminParts
  extends TopicAdminParts,
    GroupAdminParts,
    ConsumeStatsParts,
    OffsetAdminParts,
    ResetOffsetParts,
    ConnectionParts,
    CallConsumerParts,
    StatsParts,
    ConfigParts,
    CleanUpParts {}

/** Returns the handlers of all requests in the table at the start of this file, each with its code. */
export function adminBrokerHandlers(broker: AdminParts): RequestHandlers {
  const families = [
    topicAdminHandlers,
    groupAdminHandlers,
    consumeStatsHandlers,
    offsetAdminHandlers,
    resetOffsetHandlers,
    connectionHandlers,
    callConsumerHandlers,
    brokerStatsHandlers,
    brokerConfigHandlers,
    cleanUpHandlers,
  ]
  return families.flatMap((handlers) => handlers(broker))
}
