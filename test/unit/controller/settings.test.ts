/** Every setting of RocketMQ's controller has an effect, or a reason why it has none. */
import { expect, it } from 'vitest'
import { Settings } from '../../../reference/common/properties-file.ts'
import { controllerConfig } from '../../../reference/controller/controller-config.ts'
import { controllerNotFollowed } from '../../../reference/controller/settings-not-followed.ts'
import type { Host } from '../../../reference/host/host.ts'

/** The fields of `ControllerConfig` (5.3.3), as they stand in a properties file, and RocketMQ's defaults where they are short. */
const OF_ROCKETMQ: Readonly<Record<string, string | undefined>> = {
  rocketmqHome: undefined,
  configStorePath: undefined,
  controllerType: 'DLedger',
  scanNotActiveBrokerInterval: '5000',
  controllerThreadPoolNums: '16',
  controllerRequestThreadPoolQueueCapacity: '50000',
  controllerDLegerGroup: '',
  controllerDLegerPeers: '',
  controllerDLegerSelfId: '',
  mappedFileSize: '1073741824',
  controllerStorePath: '',
  electMasterMaxRetryCount: '3',
  enableElectUncleanMaster: 'false',
  processReadEvent: 'false',
  isProcessReadEvent: 'false',
  notifyBrokerRoleChanged: 'true',
  scanInactiveMasterInterval: '5000',
  metricsExporterType: 'DISABLE',
  metricsGrpcExporterTarget: '',
  metricsGrpcExporterHeader: '',
  metricGrpcExporterTimeOutInMills: '3000',
  metricGrpcExporterIntervalInMills: '60000',
  metricLoggingExporterIntervalInMills: '10000',
  metricsPromExporterPort: '5557',
  metricsPromExporterHost: '',
  metricsLabel: '',
  metricsInDelta: 'false',
  configBlackList: undefined,
  jRaftGroupId: 'jRaft-Controller',
  jRaftServerId: undefined,
  jRaftInitConf: undefined,
  jRaftControllerRPCAddr: undefined,
  jRaftElectionTimeoutMs: '1000',
  jRaftScanWaitTimeoutMs: '1000',
  jRaftSnapshotIntervalSecs: '3600',
  bindAddress: undefined,
  listenPort: undefined,
}
const NOWHERE = { name: 'n0', network: { resolve: () => '' } } as unknown as Host
const config = controllerConfig(NOWHERE, new Settings(new Map(), 'nothing'))

it.each(Object.entries(OF_ROCKETMQ))('%s', (name, theirs) => {
  const own = (config as unknown as Record<string, unknown>)[name]
  const reason = controllerNotFollowed.reasons.get(name)
  expect(own === undefined, 'followed, or a reason, and not both').toBe(reason !== undefined)
  if (own !== undefined && theirs !== undefined) expect(String(own)).toBe(theirs)
})
