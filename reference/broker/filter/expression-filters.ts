/**
 * The compiled filters of this broker's consumers: an expression is compiled once, not at every pull.
 *
 * RocketMQ: `ConsumerFilterManager`, `SqlFilter` (a cache of 100 expressions). Not here: the file consumerFilter.json and
 * bloom filters, which serve the bit map only.
 */
import { ResponseCode } from '../../remoting/response-code.ts'
import { compileSql, type SqlFilter } from './sql92.ts'
import { FILTER_CHARACTERS_MAX, SqlError } from './sql92-lexer.ts'

const COMPILED_MAX = 100

/** A filter, or a response code with the sentence that says why there is none. */
export type CompiledFilter = { readonly filter: SqlFilter } | { readonly fault: string; readonly code: number }

export class ExpressionFilters {
  readonly #isEnabled: boolean
  readonly #compiled = new Map<string, CompiledFilter>()

  /** @param isEnabled `enablePropertyFilter` */
  constructor(isEnabled: boolean) {
    this.#isEnabled = isEnabled
  }

  compile(type: string, expression: string): CompiledFilter {
    if (type !== 'SQL92')
      return { code: ResponseCode.SUBSCRIPTION_PARSE_FAILED, fault: `no filter is called "${type}": use TAG or SQL92` }
    if (!this.#isEnabled)
      return {
        code: ResponseCode.SYSTEM_ERROR,
        fault: 'The broker does not support consumer to filter message by SQL92: set enablePropertyFilter=true',
      }
    const known = this.#compiled.get(expression)
    if (known !== undefined) return known
    const compiled = compile(expression)
    if (expression.length > FILTER_CHARACTERS_MAX) return compiled // refused for its length, and not worth its memory
    if (this.#compiled.size >= COMPILED_MAX) this.#compiled.delete(this.#compiled.keys().next().value!)
    this.#compiled.set(expression, compiled)
    return compiled
  }
}

function compile(expression: string): CompiledFilter {
  try {
    return { filter: compileSql(expression) }
  } catch (error) {
    if (!(error instanceof SqlError)) throw error
    const fault = `the filter "${expression.slice(0, 200)}" is not understood: ${error.message}`
    return { code: ResponseCode.SUBSCRIPTION_PARSE_FAILED, fault }
  }
}
