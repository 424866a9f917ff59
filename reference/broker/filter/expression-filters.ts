/**
 * The compiled filters of this broker's consumers. The newest 100 results are remembered, so that an expression is not
 * compiled again at every pull.
 *
 * RocketMQ: `ConsumerFilterManager`, `SelectorParser` (a cache of 100 expressions). Left out: the file consumerFilter.json, and
 * bloom filters. RocketMQ needs bloom filters only for its `ConsumeQueueExt` files, which GlassMQ does not have.
 */
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { compileSql, type SqlFilter } from './sql92.ts'
import { FILTER_CHARACTERS_MAX, SqlError } from './sql92-lexer.ts'

const COMPILED_MAX = 100

/** The result of compiling an expression: a filter, or a refusal with the reason. Both results are remembered. */
type Compiled = SqlFilter | Refusal

/** Compiles SQL92 expressions, and remembers the newest results. */
export class ExpressionFilters {
  readonly #isEnabled: boolean
  readonly #compiled = new Map<string, Compiled>()

  /** `isEnabled` is the setting `enablePropertyFilter`. */
  constructor(isEnabled: boolean) {
    this.#isEnabled = isEnabled
  }

  /**
   * Returns the filter of an expression. Throws `Refusal` when the type is not SQL92, when SQL92 is disabled, or when the
   * expression is not valid.
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
    if (expression.length > FILTER_CHARACTERS_MAX) return compiled // an expression that is too long is not remembered
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
