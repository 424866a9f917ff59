/**
 * The results of all labs as a browser's worker finds them. Bundled with the labs for `engines-browsers.ts`.
 *
 * The page is `engines-judge.ts` in a dedicated worker, as the judge of the book runs in one. The worker fetches its modules,
 * the answers and QuickJS from the server of the bench, and posts lines of text; the last begins with `done`.
 */
import type { Lab } from '../../labs/lab.ts'
import { judgeAnswers } from './engines-judge.ts'

/** What the server has under `/data.json`. */
export interface EnginesData {
  readonly modules: Readonly<Record<string, string>>
  /** Files by lab, by answer, by path. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>
}

/** Judges in this worker. Posts what went wrong, too. */
export async function judgeInWorker(labs: readonly Lab[]): Promise<void> {
  try {
    const { modules, answers } = (await (await fetch('/data.json')).json()) as EnginesData
    const wasm = await WebAssembly.compile(await (await fetch('/quickjs.wasm')).arrayBuffer())
    const filesOf = (lab: Lab, answer: string) => new Map(Object.entries(answers[lab.id]![answer]!))
    const onLab = (id: string, sha256: string) => postMessage(`${id} ${sha256}`)
    const { runs, sha256 } = await judgeAnswers({ labs, modules, wasm, filesOf, onLab })
    postMessage(`done ${runs} ${sha256}`)
  } catch (error) {
    postMessage(`done 0 ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`)
  }
}
