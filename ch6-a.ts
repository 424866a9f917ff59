import { show } from './ch6-lib.ts'
const [name, seed] = process.argv.slice(2)
const { figure } = await import(`./site/chapters/06-durability/figures/${name}.ts`)
const kinds = ['script.step','app.answered','log.flushed','node.stopped','node.started','log.recovered','disk.lost','record.appended','log.line','message.consumed','message.sent','disk.removed','log.rolled']
await show(figure, kinds, [], Number(seed ?? figure.seed))
