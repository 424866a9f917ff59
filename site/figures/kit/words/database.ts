/** Words for the database of a shop, which its application calls and is called about. */

/** What a shop asks of the database behind it; undefined when the text is for somebody else. */
export function databaseAsked(node: string, name: string, key: string): string | undefined {
  if (name === 'save' || name === 'database.save') return `${node} saves ${key} in its database.`
  if (name === 'executeLocalTransaction') return `${node} saves ${key} in its database: its local transaction.`
  return name === 'checkLocalTransaction' ? `${node} is asked about ${key}, and looks into its database.` : undefined
}

/** What the database answers; undefined when somebody else does. */
export function databaseSays(node: string, name: string, text: string): string | undefined {
  if (name === 'save') return `The database of ${node} has saved it.`
  const isAsked = name === 'executeLocalTransaction' || name === 'checkLocalTransaction'
  return isAsked ? `The database of ${node} says ${/"state":"(\w+)"/.exec(text)?.[1] ?? 'nothing'}.` : undefined
}
