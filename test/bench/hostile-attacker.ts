/**
 * Runs one attack in a process of its own: `hostile-attacker.ts NAME SECONDS BROKER NAMESRV TOPIC`.
 *
 * It ends by itself, so that a bench that is stopped leaves nothing behind.
 */
import { ATTACKS } from '../support/hostile-attacks.ts'

const [name = '', seconds = '0', broker = '', namesrv = '', topic = ''] = process.argv.slice(2)
const attack = ATTACKS.find((each) => each.name === name)
if (attack === undefined) throw new Error(`there is no attack "${name}"`)
const endMs = performance.now() + Number(seconds) * 1_000
process.on('uncaughtException', () => {}) // sockets that the server has cut
const limit = setTimeout(() => process.exit(0), Number(seconds) * 1_000 + 5_000)
await attack.run({ broker, namesrv, topic }, 1, () => performance.now() >= endMs)
clearTimeout(limit)
process.exit(0)
