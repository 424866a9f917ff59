/**
 * Properties texts, and what `java.util.Properties` reads from them: the unit test compares ours with the table, the
 * interoperability run compares the table with the real class.
 */

/** A text with the entries that are read from it; undefined where the text is refused. */
export interface PropertiesCase {
  readonly text: string
  readonly entries: Readonly<Record<string, string>> | undefined
}

const read = (text: string, entries: PropertiesCase['entries']): PropertiesCase => ({ text, entries })

export const PROPERTIES_CASES: readonly PropertiesCase[] = [
  read('brokerName=broker-x', { brokerName: 'broker-x' }),
  read('brokerName broker-x', { brokerName: 'broker-x' }),
  read('brokerName\tbroker-x\nlistenPort:10911', { brokerName: 'broker-x', listenPort: '10911' }),
  read('  brokerName  :  broker-x', { brokerName: 'broker-x' }),
  read('brokerName', { brokerName: '' }),
  read('brokerName=\nlistenPort=1', { brokerName: '', listenPort: '1' }),
  read('a==b\nc=:d', { a: '=b', c: ':d' }),
  read('a = = b', { a: '= b' }),
  read('k\\ x=v', { 'k x': 'v' }),
  read('k\\:x=v\nk\\=y=w', { 'k:x': 'v', 'k=y': 'w' }),
  read('region=\\u676d\\u5DDE', { region: '杭州' }),
  read('\\u006bey=v', { key: 'v' }),
  read('a=\\u12', undefined),
  read('a=\\t\\n\\r\\f\\q\\\\', { a: '\t\n\r\fq\\' }),
  read('path=c:\\\\store\\temp', { path: 'c:\\store\temp' }),
  read('a=1,\\\n   2,\\\r\n\t3', { a: '1,2,3' }),
  read('a=1\\\\\nb=2', { a: '1\\', b: '2' }),
  read('a=1\\\n\nb=2', { a: '1', b: '2' }),
  read('a=1\\\n# no comment\nb=2', { a: '1# no comment', b: '2' }),
  read('# comment \\\na=1\n ! another\n\n   \n', { a: '1' }),
  read('a=1 # no comment', { a: '1 # no comment' }),
  read('a=1  \nb= \f2', { a: '1  ', b: '2' }),
  read('a=1\na=2\ra=3', { a: '3' }),
  read('a=b\\', { a: 'b' }),
  read('=v', { '': 'v' }),
  read('\\\n # comment\na=1', { a: '1' }),
  read('a\\\n=1', { a: '1' }),
]
