/**
 * What an operator sees and sets, by the official classes: a broker's numbers read as the Prometheus exporter reads them, the
 * commands for what a single broker lacks, settings that are refused, and `broker.conf` by `java.util.Properties`.
 */
import { PROPERTIES_CASES } from '../support/properties-cases.ts'
import { RUNTIME_DOUBLES, RUNTIME_LONGS, RUNTIME_RATES } from '../support/runtime-keys.ts'
import { expectThat, waitFor } from './expect.ts'
import { notOurClient, runSteps } from './mqadmin-steps.ts'
import type { Row } from './rows.ts'

const MESSAGES = 40
/** Keys that 5.x has added; its exporter does without them. */
const ONLY_FIVE = new Set(['putLatency99', 'putLatency999', 'putMessageFailedTimes'])

export const runtimeInfoRow: Row = {
  id: 'runtime-info',
  title: "a broker's numbers as the Prometheus exporter reads them",
  without: notOurClient,
  async run(context) {
    const { server, tools, column } = context
    const topic = await context.createTopic()
    await context.send(topic, { count: MESSAGES })
    const isThere = (key: string) => server.kind === 'glassmq' || column.tools === '5.3' || !ONLY_FIVE.has(key)
    const options = {
      broker: server.broker.address,
      longs: RUNTIME_LONGS.filter(isThere),
      doubles: RUNTIME_DOUBLES.filter(isThere),
      rates: RUNTIME_RATES,
    }
    let told = await tools.runtimeInfo(options)
    await waitFor('every put is counted', async () => {
      told = await tools.runtimeInfo(options)
      return (told.numbers['putMessageTimesTotal'] ?? 0) >= MESSAGES
    })
    const { numbers } = told
    // the official broker shows its first distribution after a minute
    const faults = told.faults.filter(
      (fault) => server.kind === 'glassmq' || !fault.startsWith('putMessageDistributeTime'),
    )
    expectThat(faults.length === 0, `the exporter gives up: ${faults.join('; ')}`)
    for (const key of ['sendThreadPoolQueueCapacity', 'pullThreadPoolQueueCapacity', 'queryThreadPoolQueueCapacity'])
      expectThat((numbers[key] ?? 0) > 0, `${key} is ${numbers[key]}`)
    const ratio = numbers['commitLogDiskRatio'] ?? -1
    const freeOfTotal = numbers['commitLogDirCapacity'] ?? -1
    expectThat(ratio > 0 && ratio <= 1 && freeOfTotal > 0 && freeOfTotal < 1, `ratio ${ratio}, free ${freeOfTotal}`)
    const average = numbers['putMessageAverageSize'] ?? 0
    expectThat(average > 90, `records have more than 90 bytes, the average is ${average}`)
    return `${Object.keys(numbers).length} numbers, none missing; the disk is used up to ${Math.round(ratio * 100)} %`
  },
}

export const singleBrokerRow: Row = {
  id: 'single-broker',
  title: 'mqadmin: a broker without slaves, and settings that are not followed',
  without: notOurClient,
  async run({ server, tools, column }) {
    const broker = server.broker.address
    const isFive = column.tools === '5.3'
    const set = (key: string, value: string) => ['updateBrokerConfig', '-b', broker, '-k', key, '-v', value]
    const steps = [
      ...(isFive
        ? [
            { args: ['haStatus', '-b', broker], prints: /#MasterAddr[\s\S]*#InSyncSlaveNum\s+0/ },
            { args: ['getColdDataFlowCtrInfo', '-b', broker], prints: /"?runtimeTable"?\s*:\s*\{\s*\}/ },
          ]
        : []),
      { args: set('brokerPermission', '4'), prints: /update broker config success/ },
      { args: ['getBrokerConfig', '-b', broker], prints: /brokerPermission\s+=\s+4/ },
      { args: set('brokerPermission', '6'), prints: /update broker config success/ },
      ...(server.kind === 'glassmq'
        ? [
            {
              args: set('haTransferBatchSize', '65536'),
              prints: /CODE: 29[\s\S]*not followed: haTransferBatchSize because/,
            },
            { args: set('fileReservedTimes', '1'), prints: /did you mean fileReservedTime\?/ },
          ]
        : []),
    ]
    return `${await runSteps(tools.admin, steps)} command lines`
  },
}

export const propertiesRow: Row = {
  id: 'properties',
  title: 'broker.conf as java.util.Properties reads it',
  without: notOurClient,
  async run({ tools }) {
    const results = await tools.readProperties(PROPERTIES_CASES.map(({ text }) => text))
    for (const [i, { text, entries }] of PROPERTIES_CASES.entries()) {
      const read = results[i]?.refused === true ? undefined : results[i]?.entries
      const sorted = (map: Readonly<Record<string, string>> | undefined) =>
        JSON.stringify(map === undefined ? 'refused' : Object.entries(map).sort())
      expectThat(sorted(read) === sorted(entries), `${JSON.stringify(text)} is ${sorted(read)}, not ${sorted(entries)}`)
    }
    return `${PROPERTIES_CASES.length} texts read alike`
  },
}
