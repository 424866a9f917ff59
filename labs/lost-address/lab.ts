/**
 * Lab 1, chapter "One message's journey": messages vanish, because a broker registers an address that nobody can reach.
 *
 * Two faults lie on top of each other. `broker.conf` still names the address of the machine that the broker has left.
 * Deleting that line uncovers the second: the code that should find the machine's own name takes the address that the
 * broker listens on, and it listens on all of them (0.0.0.0).
 */
import type { Lab } from '../lab.ts'
import { bothServe, CODE, CONF, demo, earlierArrive, moveAgain, routeReachable, toldCounts, variant } from './checks.ts'

export const lab: Lab = {
  id: 'lost-address',
  version: '2.3.0',
  chapter: 'roles',
  title: 'Orders that never arrive',
  story:
    'Last night one of two brokers was moved to new hardware, with its disk. Since then the billing service misses orders: some that were stored before the move never arrive. No process has died, and no broker’s log shows an error.',
  task: 'Find out why, with what an operator has: the admin console, the logs of the machines, the configuration, the code. There may be more than one cause. Then repair it, so that the next move needs nobody’s hand, and nothing that an operator has written is passed over. Every check builds a cluster of its own: its machines, brokers, ports and addresses have other names there than in the cluster beside this text.',
  files: [
    {
      path: CONF,
      kind: 'config',
      about: 'configuration of the broker that moved; each check puts the values of its own cluster in',
    },
    {
      path: CODE,
      kind: 'module',
      replaces: 'reference/broker/advertised-address.ts',
      names: [
        'reference/host/program-args.ts',
        'reference/host/paths.ts',
        'reference/common/address.ts',
        'reference/broker/broker-config.ts',
        'reference/host/host.ts',
      ],
      about: 'a part of every broker; the comment at its top says which',
    },
  ],
  checks: [
    {
      id: 'route.reachable',
      title: 'Every broker of the cluster can be used',
      promise: 'A client can use each of the brokers that the cluster knows.',
      points: 200,
      run: routeReachable,
    },
    {
      id: 'earlier.arrive',
      title: 'Orders stored before the move arrive',
      promise: 'An order that a broker has acknowledged is delivered, also after that broker has moved.',
      points: 200,
      run: earlierArrive,
    },
    {
      id: 'both.serve',
      title: 'New orders use both brokers, without a failed try',
      promise: 'Both brokers take their share of the new orders, and none of these orders takes long.',
      points: 200,
      run: bothServe,
    },
    {
      id: 'move.again',
      title: 'A third broker joins',
      promise:
        'A broker that is started on another machine, with no line about that machine in its configuration, takes orders, and they are delivered.',
      points: 200,
      run: moveAgain,
    },
    {
      id: 'told.counts',
      title: 'What the operator writes counts, as long as it is written',
      promise:
        'A setting of an operator is followed to the letter while it is written, and forgotten when it is not. A repair takes away none that was right.',
      points: 200,
      run: toldCounts,
    },
  ],
  hints: {
    'route.reachable': [
      'Which brokers does the NameServer know, and does each of them answer? The console can ask: "clusterList".',
      'A broker is listed under the address that it has registered itself. Follow that address back to the place where it was written.',
      'Read configuration and code together. What is registered when the configuration says nothing, and can another machine connect to that?',
    ],
    'earlier.arrive': [
      'The orders are on the disk of the broker that moved. Who has to connect to that broker to get them, and how does it learn where?',
      'Repair the address first; the consumer finds its way alone. If the address answers and orders are still missing: is it the same disk?',
    ],
    'both.serve': [
      'A producer takes the queues of all brokers in turn. Taking a broker out of the route, or forbidding writes on it, hides the fault and does not repair it.',
      'Show this run, and look at the orders: to which brokers did they go, and how long did each take?',
    ],
    'move.again': [
      'This check starts a third broker on another machine. Its configuration says nothing about its address, and nothing that you have typed knows its name.',
      'It listens on 0.0.0.0, which means "every address of this machine". Is that an address that another machine can connect to?',
      'By which name do other machines find this one? Not by the name of the broker. The list of names beside the editor has what you need.',
    ],
    'told.counts': [
      'Some machines are behind a gateway, and only the operator knows the address by which others reach them.',
      'This check starts a broker with brokerIP1 and later without it. Which address does your code return the first time, which the second?',
      'Compare your configuration with the one that you found, line by line ("Reset file" can be taken back). Which lines say where the machine is, and which say something else?',
    ],
  },
  wrong: {
    empty: {
      caughtBy: 'route.reachable',
      says: /./,
      why: 'both files emptied: an empty module exports no function',
    },
    'commented-out': { caughtBy: 'route.reachable', says: /./, why: 'the whole function commented out' },
    'line-deleted': {
      caughtBy: 'route.reachable',
      says: /0\.0\.0\.0/,
      why: 'brokerIP1 deleted, the code left as it is',
    },
    'line-left': {
      caughtBy: 'route.reachable',
      says: /is registered at 10\.\d+\.\d+\.\d+:\d+, where nobody answers/,
      why: 'the code repaired, and the old address still in the file: half of the repair',
    },
    loopback: {
      caughtBy: 'move.again',
      says: /is registered at 127\.0\.0\.1:\d+, where nobody answers/,
      why: 'an address that is right for whoever asks from the same machine',
    },
    'hard-coded-port': {
      caughtBy: 'route.reachable',
      says: /:10911\b/,
      why: 'the usual port typed in instead of the real one',
    },
    'name-typed-in-file': {
      caughtBy: 'earlier.arrive',
      says: /were not delivered/,
      why: 'the name of one machine written into the file: right in one cluster, until the next move',
    },
    'name-typed-in-code': {
      caughtBy: 'move.again',
      says: /registered at broker-c:\d+, where nobody answers/,
      why: 'a name typed into the code',
    },
    'broker-name-as-host': {
      caughtBy: 'route.reachable',
      says: /^(\w+) is registered at \1:\d+, where nobody answers/,
      why: "config.brokerName used as the host: a broker's name is not a machine's",
    },
    'brokerip1-ignored': {
      caughtBy: 'told.counts',
      says: /has brokerIP1 = 10\.\d+\.\d+\.\d+ in its configuration, and is registered at/,
      why: 'what the operator writes is not looked at',
    },
    'any-number-ignored': {
      caughtBy: 'told.counts',
      says: /has brokerIP1 = 10\.\d+\.\d+\.\d+ in its configuration, and is registered at/,
      why: 'every numeric address taken for an old one',
    },
    'conf-emptied': {
      caughtBy: 'told.counts',
      says: /now it has no \w+/,
      why: 'the code repaired, and every line of the configuration thrown away with the old address',
    },
    'one-card': {
      caughtBy: 'told.counts',
      says: /had bindAddress = 0\.0\.0\.0 in its configuration; now it has no bindAddress/,
      why: 'bindAddress taken out with the old address: the broker listens on one of its two network cards',
    },
    'old-address-special-cased': {
      caughtBy: 'earlier.arrive',
      says: /were not delivered/,
      why: 'the one old address that the starter names is left out, and no other',
    },
    'read-only': {
      caughtBy: 'both.serve',
      says: /not one of \d+ orders went to/,
      why: 'reachable again, but closed for writing',
    },
    'fresh-disk': {
      caughtBy: 'earlier.arrive',
      says: /were not delivered/,
      why: 'reachable again, but with an empty store: the old one was left behind',
    },
    'private-ignored': {
      caughtBy: 'told.counts',
      says: /in its configuration, and is registered at/,
      why: 'every address that looks like the old one is passed over',
    },
  },
  accepted: ['conf-rewritten', 'line-left-empty', 'own-ip', 'own-name-first', 'unless-all-addresses'],
  variant,
  demo,
}
