/** Mistakes in how a NameServer keeps a broker name up: the fence, acting masters, heartbeats, notices. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of source code
import type { Mutant } from './mutants.ts'

const ROUTES = 'reference/namesrv/route-info-manager.ts'
const ACTING = 'reference/namesrv/acting-master.ts'
const SERVER = 'reference/namesrv/namesrv.ts'
const CONFIG = 'reference/namesrv/namesrv-config.ts'

export const NAMESRV_MUTANTS: readonly Mutant[] = [
  {
    name: 'the last registration counts, whatever its state version',
    file: ROUTES,
    find: 'former.dataVersion.stateVersion > version.stateVersion',
    replace: 'former.dataVersion.stateVersion > Infinity',
  },
  {
    name: 'an equal state version is fenced, too',
    file: ROUTES,
    find: 'former.dataVersion.stateVersion > version.stateVersion',
    replace: 'former.dataVersion.stateVersion >= version.stateVersion',
  },
  {
    name: 'a fenced broker stays alive in the table of the living',
    file: ROUTES,
    find: '        this.#live.delete(liveKey(who.brokerName, who.brokerAddr))\n        return',
    replace: '        return',
  },
  {
    name: 'a slave that becomes master keeps the permissions that it had',
    file: ROUTES,
    find: 'const isChanged = isIdNew || known',
    replace: 'const isChanged = known',
  },
  {
    name: 'one topic is enough to begin with',
    file: ROUTES,
    find: 'topicConfigTable.size === 1 &&',
    replace: 'topicConfigTable.size === 0 &&',
  },
  {
    name: 'one topic is not enough for a broker of 4.9 either',
    file: ROUTES,
    find: 'isOfFive && topicConfigTable',
    replace: 'topicConfigTable',
  },
  {
    name: 'topics come from every slave of 5.x',
    file: ROUTES,
    find: 'if (id < brokerId && addr !== brokerAddr) return false',
    replace: 'if (id < -1) return false',
  },
  {
    name: 'topics come from slaves of 4.9, too',
    file: ROUTES,
    find: 'if (enableActingMaster === undefined) return false',
    replace: '',
  },
  {
    name: 'topics of an acting master may be written',
    file: ROUTES,
    find: 'brokerId !== MASTER_ID && enableActingMaster === true ? ~PERM.WRITE',
    replace: 'brokerId !== MASTER_ID && enableActingMaster === true ? ~0',
  },
  {
    name: 'the loss of a master leaves the permission to write',
    file: ROUTES,
    find: 'if (minId > MASTER_ID) this.changePerm(who.brokerName, (perm) => perm & ~PERM.WRITE)',
    replace: '',
  },
  {
    name: 'the loss of a master takes the permission to write without an acting one, too',
    file: ROUTES,
    find: 'if (!broker.enableActingMaster) return { minIdChange: undefined }\n    if (minId > MASTER_ID)',
    replace: 'if (minId > MASTER_ID)',
  },
  {
    name: 'the time limit of a registration is not looked at',
    file: ROUTES,
    find: 'from.heartbeatTimeoutMs > 0 ? from.heartbeatTimeoutMs : BROKER_EXPIRY_MS',
    replace: 'BROKER_EXPIRY_MS',
  },
  {
    name: 'a heartbeat does not count',
    file: ROUTES,
    find: 'live.lastUpdateMs = nowMs',
    replace: '',
  },
  {
    name: 'the loss of any broker is told',
    file: ROUTES,
    find: 'minId === formerMinId ? undefined',
    replace: 'minId < 0 ? undefined',
  },
  {
    name: 'a new broker is told of itself',
    file: ACTING,
    find: 'isForAll || id !== minBrokerId',
    replace: 'id !== undefined',
  },
  {
    name: 'an acting master is shown that the brokers do not want',
    file: ACTING,
    find: 'data.enableActingMaster && !data',
    replace: '!data',
  },
  {
    name: 'an acting master is shown to producers',
    file: ACTING,
    find: 'needsOne && isReadOnly(data.brokerName)',
    replace: 'needsOne',
  },
  {
    name: 'an acting master stands in the group as master',
    file: ACTING,
    find: 'if (topic.startsWith(SYNC_BROKER_MEMBER_GROUP_PREFIX)) return route',
    replace: '',
  },
  {
    name: 'the largest id acts',
    file: ACTING,
    find: 'Number(a) - Number(b)',
    replace: 'Number(b) - Number(a)',
  },
  {
    name: 'supportActingMaster is always on',
    file: SERVER,
    find: 'this.#config.supportActingMaster ? withActingMasters',
    replace: 'topic.length > 0 ? withActingMasters',
  },
  {
    name: 'notices are always on',
    file: SERVER,
    find: 'change !== undefined && this.#config.notifyMinBrokerIdChanged',
    replace: 'change !== undefined',
  },
  {
    name: 'supportActingMaster cannot be changed while it runs',
    file: CONFIG,
    find: "  'supportActingMaster',\n",
    replace: '',
  },
]
