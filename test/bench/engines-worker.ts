/** The results of all labs as this Node finds them: its version, how many runs, and one hash (`engines-judge.ts`). */
import { LABS } from '../../labs/find.ts'
import { guestWasm } from '../../labs/grader/guest-wasm.ts'
import { moduleMap } from '../../labs/program/module-map.ts'
import { answerFiles } from '../../labs/runtime/lab-files.ts'
import { judgeAnswers } from './engines-judge.ts'

const { runs, sha256 } = await judgeAnswers({
  labs: LABS,
  modules: moduleMap(),
  wasm: guestWasm(),
  filesOf: answerFiles,
})
console.log(`${process.version} ${runs} ${sha256}`)
