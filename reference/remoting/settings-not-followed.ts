/**
 * The settings of RocketMQ's connections that have no effect in GlassMQ, for all servers.
 *
 * RocketMQ: the fields of `NettyServerConfig` and `NettyClientConfig` (4.9.8 and 5.3.3).
 */

/** The reason why a setting of connections has no effect. */
export const FIXED_CONNECTIONS =
  "connections are the host's: their buffers, limits and idle times are fixed (remoting/limits.ts)"

/** Each reason, with the names of its settings, separated by blanks. */
export const CONNECTION_SETTINGS: readonly (readonly [reason: string, names: string])[] = [
  [
    FIXED_CONNECTIONS,
    `channelNotActiveInterval clientAsyncSemaphoreValue clientChannelMaxIdleTimeSeconds clientCloseSocketIfTimeout
     clientOnewaySemaphoreValue clientPooledByteBufAllocatorEnable clientSocketRcvBufSize clientSocketSndBufSize
     connectTimeoutMillis enableReconnectForGoAway enableShutdownGracefully maxReconnectIntervalTimeSeconds
     serverAsyncSemaphoreValue serverChannelMaxIdleTimeSeconds serverOnewaySemaphoreValue
     serverPooledByteBufAllocatorEnable serverSocketBacklog serverSocketRcvBufSize serverSocketSndBufSize
     shutdownWaitTimeSeconds socksProxyConfig useEpollNativeSelector writeBufferHighWaterMark writeBufferLowWaterMark`,
  ],
  ['certificates are set by tls.enable and the other names that begin with tls', 'useTLS'],
]
