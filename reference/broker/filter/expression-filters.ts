/**
 * The compiled filters of this broker's consumers: an expression is compiled once, not at every pull.
 *
 * RocketMQ: `ConsumerFilterManager`, `SqlFilter` (a cache of 100 expressions). Not here: the file consumerFilter.json and
 * bloom filters, which serve the bit map only.
 */
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { compileSql, type SqlFilter } from './sql92.ts'
import { FILTER_CHARACTERS_MAX, SqlError } from './sql92-lexer.ts'

const COMPILED_MAX = 100

/** The result of compiling an expression: a filter, or the refusal that says why it is not one. Both are remembered. */
type Compiled = SqlFilter | Refusal

export class ExpressionFilters {
  readonly #isEnabled: boolean
  readonly #compiled = new Map<string, Compiled>()

  /** @param isEnabled `enablePropertyFilter` */
  constructor(isEnabled: boolean) {
    this.#isEnabled = isEnabled
  }

  /**
   * Returns the filter of an expression. Throws `Refusal`: another type, SQL92 switched off, or the expression is not
   * understood.
   */
  compile(type: string, expression: string): SqlFilter {
    if (type !== 'SQL92')
      throw new Refusal(ResponseCode.SUBSCRIPTION_PARSE_FAILED, `no filter is called "${type}": use TAG or SQL92`)
    if (!this.#isEnabled)
      throw new Refusal(
        ResponseCode.SYSTEM_ERROR,
        'The broker does not support consumer to filter message by SQL92: set enablePropertyFilter=true',
      )
    const compiled = this.#compiled.get(expression) ?? this.#remember(expression, compile(expression))
    if (compiled instanceof Refusal) throw compiled
    return compiled
  }

  #remember(expression: string, compiled: Compiled): Compiled {
    if (expression.length > FILTER_CHARACTERS_MAX) return compiled // refused for its length, and not worth its memory
    if (this.#compiled.size >= COMPILED_MAX) this.#compiled.delete(this.#compiled.keys().next().value!)
    this.#compiled.set(expression, compiled)
    return compiled
  }
}

function compile(expression: string): Compiled {
  try {
    return compileSql(expression)
  } catch (error) {
    if (!(error instanceof SqlError)) throw error
    const sentence = `the filter "${expression.slice(0, 200)}" is not understood: ${error.message}`
    return new Refusal(ResponseCode.SUBSCRIPTION_PARSE_FAILED, sentence)
  }
}
