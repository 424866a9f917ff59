/** What is done to a playground in the words of an operator, with the command that does it to a real cluster. */
import { targetOf } from '../../figures/kit/actions.ts'
import { type Act, actTitle, castAt, type Experiment, type FAULT_NAMES, type Member, nodesOf } from './experiment.ts'
import { FIELDS, valueWords } from './fields.ts'

/** One thing done. `command` is '' when no command does it, such as a team that changes its program. */
export interface Told {
  readonly words: string
  readonly command: string
}

/** Says an act. `cast`: who was there just before. */
export function tell(act: Act, cast: readonly Member[]): Told {
  const member = cast.find(({ name }) => name === act.on)
  switch (act.does) {
    case 'add':
      return tellAdd({ kind: act.kind!, name: act.on, values: act.values! }, cast)
    case 'stop':
      return tellStop(act.on, member)
    case 'remove':
      return { ...tellStop(act.on, member), words: `${act.on} is shut down in good order, and removed` }
    case 'vary':
      return tellVary(act, member)
    case 'burst': {
      const [name, count] = act.on.split('=')
      return { words: `${name} sends ${count} messages at once`, command: '' }
    }
    case 'split':
      return {
        words: faultWords(act),
        command: act.on
          .split('+')
          .map((node) => `ssh ${node} iptables -A INPUT -s OTHERS -j DROP`)
          .join('\n'),
      }
    default:
      return { words: faultWords(act), command: faultCommand(act, cast) }
  }
}

/** An act of an experiment in the same words, for the cast that it finds. */
export function actWords(act: Act, experiment: Pick<Experiment, 'cast' | 'acts'>): string {
  return tell(act, castAt(experiment, act.atMs - 1)).words
}

function tellAdd({ kind, name, values }: Member, cast: readonly Member[]): Told {
  const namesrvAddr = addressOf(cast)
  if (kind === 'namesrv')
    return {
      words: `A NameServer starts: ${name}. Only what starts later knows its address`,
      command: 'nohup sh bin/mqnamesrv &',
    }
  if (kind === 'controller')
    return {
      words: `The controllers start: ${nodesOf({ kind, name, values }).join(', ')}`,
      command: 'nohup sh bin/mqcontroller -c conf/controller.conf &',
    }
  if (kind === 'broker')
    return {
      words: `${name} starts with ${values['queues']} queues of Orders`,
      command: `nohup sh bin/mqbroker -n '${namesrvAddr}' -c conf/${name}.conf &\nsh bin/mqadmin updateTopic -n '${namesrvAddr}' -b ${name}:10911 -t Orders -r ${values['queues']} -w ${values['queues']}`,
    }
  if (kind === 'producer')
    return {
      words: `The application ${name} starts and sends`,
      command: `java -jar ${name}.jar --namesrvAddr='${namesrvAddr}'`,
    }
  return {
    words: `The group ${name} starts with ${plural(Number(values['members']), 'member')}`,
    command: `kubectl scale deployment ${name} --replicas=${values['members']}`,
  }
}

function tellStop(name: string, member: Member | undefined): Told {
  if (member?.kind === 'broker')
    return { words: `${name} is shut down in good order`, command: 'sh bin/mqshutdown broker' }
  if (member?.kind === 'namesrv')
    return { words: `${name} is shut down in good order`, command: 'sh bin/mqshutdown namesrv' }
  if (member?.kind === 'controller')
    return { words: `${name} is shut down in good order`, command: 'sh bin/mqshutdown controller' }
  if (member?.kind === 'group')
    return { words: `All members of ${name} stop`, command: `kubectl scale deployment ${name} --replicas=0` }
  return { words: `${name} stops in good order`, command: `kill -TERM $(pgrep -f ${name})` }
}

function tellVary({ on, values = {} }: Act, member: Member | undefined): Told {
  const changes = Object.entries(values).filter(([field, value]) => member?.values[field] !== value)
  const words = changes.map(([field, value]) => {
    const about = member === undefined ? undefined : FIELDS[member.kind][field]
    const label = about?.label ?? field
    if (COUNTED.includes(field)) return plural(Number(value), label.toLowerCase().replace(/s$/, ''))
    return `“${label}” at ${valueWords(about, value)}`
  })
  const commands = changes.flatMap(([field, value]) => varyCommand(on, field, value))
  return { words: `${on} now has ${words.join(', ') || 'what it had before'}`, command: commands.join('\n') }
}

/** Fields whose label is the thing that is counted. */
const COUNTED: readonly string[] = ['members', 'queues', 'slaves']

function varyCommand(name: string, field: string, value: unknown): readonly string[] {
  if (field === 'queues') return [`sh bin/mqadmin updateTopic -b ${name}:10911 -t Orders -r ${value} -w ${value}`]
  if (field === 'members') return [`kubectl scale deployment ${name} --replicas=${value}`]
  if (field === 'slaves') return [`nohup sh bin/mqbroker -c conf/${name}-s1.conf &  # brokerRole=SLAVE, brokerId=1`]
  if (field === 'flush')
    return [
      `# in conf/${name}.conf: flushDiskType=${String(value).toUpperCase()}_FLUSH`,
      'sh bin/mqshutdown broker && nohup sh bin/mqbroker …',
    ]
  if (field === 'master')
    return [
      `# in conf/${name}.conf: enableControllerMode=${value === 'elected'}, controllerAddr=controller-1:9878`,
      'sh bin/mqshutdown broker && nohup sh bin/mqbroker …',
    ]
  if (field === 'copy') return [`# in conf/${name}.conf: brokerRole=${String(value).toUpperCase()}_MASTER`]
  if (field === 'mode' && value === 'pop')
    return [`sh bin/mqadmin setConsumeMode -c DefaultCluster -t Orders -g ${name} -m POP -q 0`]
  return []
}

const PID = (node: string) => `$(pgrep -f ${node})`

/** The command behind a fault, on a Linux machine. */
function faultCommand({ does, on }: Act, cast: readonly Member[]): string {
  const target = targetOf(does as (typeof FAULT_NAMES)[number], on)
  if (target === undefined) return ''
  const { node, peer, value } = target
  switch (does) {
    case 'kill':
      return `kill -9 ${PID(node)}`
    case 'powercut':
      return `ipmitool -H ${node}-bmc chassis power off`
    case 'restart':
      return startCommand(node, cast)
    case 'pause':
      return `kill -STOP ${PID(node)}`
    case 'resume':
      return `kill -CONT ${PID(node)}`
    case 'cut':
      return `ssh ${node} iptables -P INPUT DROP \\; iptables -P OUTPUT DROP`
    case 'slow':
      return `ssh ${node} tc qdisc add dev eth0 root netem delay ${value}ms  # to ${peer}`
    case 'hold':
      return `ssh ${node} iptables -A OUTPUT -d ${peer} -j DROP`
    case 'drop':
      return `ssh ${node} ss -K dst ${peer}`
    case 'slowdisk':
      return `ssh ${node} dmsetup create slow --table '… delay /dev/sdb 0 0 /dev/sdb 0 ${value}'`
    case 'fulldisk':
      return `ssh ${node} fallocate -l $(df --output=avail -B1 store | tail -1) store/full`
    case 'clock':
      return `ssh ${node} date -s '${Number(value) / 1_000} seconds'`
    case 'heal':
      return node === ''
        ? 'iptables -F; tc qdisc del dev eth0 root'
        : `ssh ${node} iptables -F \\; tc qdisc del dev eth0 root`
    default:
      return ''
  }
}

function startCommand(node: string, cast: readonly Member[]): string {
  const kind = cast.find((one) => nodesOf(one).includes(node))?.kind
  if (kind === 'namesrv') return 'nohup sh bin/mqnamesrv &'
  if (kind === 'controller') return 'nohup sh bin/mqcontroller -c conf/controller.conf &'
  return kind === 'broker'
    ? `nohup sh bin/mqbroker -c conf/${node}.conf &`
    : `java -jar ${node.replace(/-\d+$/, '')}.jar &`
}

const WORDS: Readonly<Partial<Record<Act['does'], (node: string) => string>>> = {
  kill: (node) => `${node} is killed`,
  powercut: (node) => `The power of ${node} is cut`,
  restart: (node) => `${node} is started again`,
  pause: (node) => `${node} is frozen`,
  resume: (node) => `${node} is unfrozen`,
  cut: (node) => `${node} is cut off from all others`,
  fulldisk: (node) => `The disk of ${node} is filled`,
  slow: (link) => {
    const [nodes = '', ms] = link.split('=')
    return `The link between ${nodes.replace('~', ' and ')} is slowed by ${ms} ms`
  },
  hold: (link) => `What ${link.replace('~', ' sends ')} is held back`,
  drop: (link) => `The connections between ${link.replace('~', ' and ')} are broken`,
  slowdisk: (disk) => `The disk of ${disk.replace('=', ' is slowed by ')} ms`,
  clock: (node) => {
    const [name, ms] = node.split('=')
    return `The clock of ${name} is set ${Math.abs(Number(ms)) / 1_000} s ${Number(ms) < 0 ? 'back' : 'ahead'}`
  },
  split: (nodes) => `${nodes.replaceAll('+', ' and ')} ${nodes.includes('+') ? 'are' : 'is'} cut off from the others`,
  heal: (node) =>
    node === '' ? 'All cuts, links and disks are healed' : `The cuts, links and disk of ${node} are healed`,
}

function faultWords(act: Act): string {
  return WORDS[act.does]?.(act.on) ?? sentenceOf(act)
}

function sentenceOf(act: Act): string {
  const words = actTitle(act)
  return `${words[0]!.toUpperCase()}${words.slice(1)}`
}

function addressOf(cast: readonly Member[]): string {
  const names = cast.filter(({ kind }) => kind === 'namesrv').flatMap(nodesOf)
  return names.map((name) => `${name}:9876`).join(';') || 'namesrv:9876'
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
