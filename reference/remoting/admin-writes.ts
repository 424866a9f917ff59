/**
 * Lists requests with which operators change a server or act on its clients, and decides whether a server accepts them.
 *
 * By default, a server of RocketMQ accepts these requests from any client that can connect. Twice, attackers could
 * therefore run commands on the machine of a server (CVE-2023-33246, CVE-2023-37582). Unlike RocketMQ, a GlassMQ server
 * accepts these requests by default only when no other machine can connect. A server to which other machines can connect
 * needs `adminWriteEnable=true`.
 *
 * The list has no requests that clients and brokers send in normal operation, too. Such requests commit offsets, lock
 * queues, send messages, register brokers or start elections.
 */
import type { RequestHandlers } from './dispatch.ts'
import { Refusal } from './refusal.ts'
import { RequestCode, requestName } from './request-code.ts'
import { ResponseCode } from './response-code.ts'

const ADMIN_WRITES: ReadonlySet<number> = new Set([
  // to a NameServer
  RequestCode.PUT_KV_CONFIG,
  RequestCode.DELETE_KV_CONFIG,
  RequestCode.WIPE_WRITE_PERM_OF_BROKER,
  RequestCode.ADD_WRITE_PERM_OF_BROKER,
  RequestCode.DELETE_TOPIC_IN_NAMESRV,
  RequestCode.UPDATE_NAMESRV_CONFIG,
  // to a controller
  RequestCode.UPDATE_CONTROLLER_CONFIG,
  RequestCode.CLEAN_BROKER_DATA,
  // to a broker
  RequestCode.UPDATE_AND_CREATE_TOPIC,
  RequestCode.UPDATE_AND_CREATE_TOPIC_LIST,
  RequestCode.UPDATE_BROKER_CONFIG,
  RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
  RequestCode.DELETE_SUBSCRIPTIONGROUP,
  RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN,
  RequestCode.DELETE_TOPIC_IN_BROKER,
  RequestCode.INVOKE_BROKER_TO_RESET_OFFSET,
  RequestCode.CLONE_GROUP_OFFSET,
  RequestCode.CONSUME_MESSAGE_DIRECTLY,
  RequestCode.CLEAN_EXPIRED_CONSUMEQUEUE,
  RequestCode.CLEAN_UNUSED_TOPIC,
  RequestCode.DELETE_EXPIRED_COMMITLOG,
  RequestCode.RESUME_CHECK_HALF_MESSAGE,
  RequestCode.SET_MESSAGE_REQUEST_MODE,
])

/** Returns the handlers. When `adminWriteEnable` is false, every request in the list gets a handler that refuses it. */
export function guardAdminWrites(handlers: RequestHandlers, adminWriteEnable: boolean): RequestHandlers {
  if (adminWriteEnable) return handlers
  return handlers.map(([code, handler]) => [code, ADMIN_WRITES.has(code) ? () => refuse(code) : handler])
}

function refuse(code: number): never {
  throw new Refusal(
    ResponseCode.NO_PERMISSION,
    `${requestName(code)} is not taken: this server listens beyond its own machine; set adminWriteEnable=true in its configuration`,
  )
}
