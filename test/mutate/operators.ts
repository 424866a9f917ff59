/**
 * The places of a file where a mistake can be planted, by the usual operators of mutation testing. Each place is found in the
 * syntax tree, so that every mutant is a program.
 *
 * Left out, because nothing could notice them: types, texts, log lines, events for figures, and the order of what `Math.max`
 * and its like are given. Left out, because it is a choice and no computation: a constant that is written as a product of
 * numbers, such as a limit.
 */
import ts from 'typescript'

/** One mistake: the text from `start` to `end` becomes `replacement`. */
export interface Mutation {
  readonly file: string
  readonly line: number
  readonly operator: Operator
  readonly start: number
  readonly end: number
  readonly replacement: string
  /** The line's text, by which the mistake is known again when lines before it have changed. */
  readonly code: string
  /** The name of the declaration around it, when it stands outside of functions: there it runs once, when its file is loaded. */
  readonly declares: string | undefined
}

export type Operator =
  | 'condition'
  | 'boundary'
  | 'equality'
  | 'arithmetic'
  | 'logic'
  | 'call removed'
  | 'assignment removed'
  | 'arguments swapped'
  | 'constant returned'
  | 'number'

const BOUNDARIES: Readonly<Record<number, string>> = {
  [ts.SyntaxKind.LessThanToken]: '<=',
  [ts.SyntaxKind.LessThanEqualsToken]: '<',
  [ts.SyntaxKind.GreaterThanToken]: '>=',
  [ts.SyntaxKind.GreaterThanEqualsToken]: '>',
}
const EQUALITIES: Readonly<Record<number, string>> = {
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: '!==',
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: '===',
}
const ARITHMETIC: Readonly<Record<number, string>> = {
  [ts.SyntaxKind.PlusToken]: '-',
  [ts.SyntaxKind.MinusToken]: '+',
  [ts.SyntaxKind.AsteriskToken]: '/',
  [ts.SyntaxKind.SlashToken]: '*',
  [ts.SyntaxKind.PercentToken]: '*',
  [ts.SyntaxKind.PlusEqualsToken]: '-=',
  [ts.SyntaxKind.MinusEqualsToken]: '+=',
}
const LOGIC: Readonly<Record<number, string>> = {
  [ts.SyntaxKind.AmpersandAmpersandToken]: '||',
  [ts.SyntaxKind.BarBarToken]: '&&',
}
/** Calls that only tell something to a person. */
const TELLS = /(?:\.emit\?\.|\.emit|\.log|#say|#tell\w*|#note)\(/

/** Returns every mistake that can be planted in a file. `text` is its content. */
export function mutationsOf(file: string, text: string): readonly Mutation[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const lines = text.split('\n')
  const found: Mutation[] = []
  const add = (operator: Operator, node: ts.Node, replacement: string) => {
    const start = node.getStart(source)
    const line = source.getLineAndCharacterOfPosition(start).line + 1
    const code = lines[line - 1]!.trim()
    found.push({
      file,
      line,
      operator,
      start,
      end: node.getEnd(),
      replacement,
      code,
      declares: declarationAround(node),
    })
  }
  const visit = (node: ts.Node): void => {
    if (isType(node) || (ts.isExpressionStatement(node) && TELLS.test(node.getText(source).slice(0, 80)))) return
    if (ts.isIfStatement(node) || ts.isWhileStatement(node)) negate(node.expression, source, add)
    else if (ts.isConditionalExpression(node)) negate(node.condition, source, add)
    else if (ts.isBinaryExpression(node)) mutateBinary(node, source, add)
    else if (ts.isExpressionStatement(node)) removeStatement(node, add)
    else if (ts.isCallExpression(node)) swapArguments(node, source, add)
    else if (ts.isReturnStatement(node) && node.expression !== undefined) returnConstant(node.expression, add)
    else if (ts.isNumericLiteral(node) && isCountedOn(node)) add('number', node, `${Number(node.text) + 1}`)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function declarationAround(node: ts.Node): string | undefined {
  if (ts.findAncestor(node, ts.isFunctionLike) !== undefined) return undefined
  const around = ts.findAncestor(node, (one) => ts.isVariableDeclaration(one) || ts.isClassDeclaration(one))
  return (around as ts.VariableDeclaration | ts.ClassDeclaration | undefined)?.name?.getText() ?? ''
}

type Add = (operator: Operator, node: ts.Node, replacement: string) => void

const isType = (node: ts.Node) =>
  ts.isTypeNode(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isImportDeclaration(node)

function negate(condition: ts.Expression, source: ts.SourceFile, add: Add): void {
  add('condition', condition, `!(${condition.getText(source)})`)
}

function mutateBinary(node: ts.BinaryExpression, source: ts.SourceFile, add: Add): void {
  const { kind } = node.operatorToken
  if (kind in BOUNDARIES) add('boundary', node.operatorToken, BOUNDARIES[kind]!)
  else if (kind in EQUALITIES) add('equality', node.operatorToken, EQUALITIES[kind]!)
  else if (kind in LOGIC) add('logic', node.operatorToken, LOGIC[kind]!)
  else if (kind === ts.SyntaxKind.QuestionQuestionToken) add('logic', node, node.left.getText(source))
  else if (kind in ARITHMETIC && !isText(node.left) && !isText(node.right) && !isChosenNumber(node))
    add('arithmetic', node.operatorToken, ARITHMETIC[kind]!)
}

/** True for numbers that only stand beside other numbers, as in `64 * 1024`. */
function isChosenNumber(node: ts.Node): boolean {
  if (ts.isBinaryExpression(node)) return isChosenNumber(node.left) && isChosenNumber(node.right)
  return ts.isNumericLiteral(node) || (ts.isParenthesizedExpression(node) && isChosenNumber(node.expression))
}

const isText = (node: ts.Node): boolean => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)

/** A removed statement becomes an empty one. */
function removeStatement(node: ts.ExpressionStatement, add: Add): void {
  const { expression } = node
  if (ts.isCallExpression(expression) && expression.expression.kind !== ts.SyntaxKind.SuperKeyword)
    add('call removed', node, ';')
  else if (ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.EqualsToken)
    add('assignment removed', node, ';')
  else if (ts.isPostfixUnaryExpression(expression)) add('assignment removed', node, ';')
}

function swapArguments(node: ts.CallExpression, source: ts.SourceFile, add: Add): void {
  const [first, second] = node.arguments
  if (first === undefined || second === undefined || !isName(first) || !isName(second)) return
  const [a, b] = [first.getText(source), second.getText(source)]
  if (a === b || /^Math\./.test(node.expression.getText(source))) return
  const rest = node.arguments.slice(2).map((argument) => argument.getText(source))
  add('arguments swapped', node, `${node.expression.getText(source)}(${[b, a, ...rest].join(', ')})`)
}

const isName = (node: ts.Node) => ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)

/** Only where the answer is plainly true or false: another constant would be no value of its type. */
function returnConstant(expression: ts.Expression, add: Add): void {
  if (expression.kind === ts.SyntaxKind.TrueKeyword) add('constant returned', expression, 'false')
  else if (expression.kind === ts.SyntaxKind.FalseKeyword) add('constant returned', expression, 'true')
  else if (ts.isBinaryExpression(expression) && isComparison(expression)) add('constant returned', expression, 'true')
}

const isComparison = ({ operatorToken: { kind } }: ts.BinaryExpression) => kind in BOUNDARIES || kind in EQUALITIES

/** A number in a constant's own line is a choice (a limit, a code), and in an expression a step of a computation. */
const isCountedOn = (node: ts.NumericLiteral) =>
  (ts.isBinaryExpression(node.parent) && !isChosenNumber(node.parent)) || ts.isCallExpression(node.parent)
