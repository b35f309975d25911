import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createLog } from '../../src/commands/log.ts'
import { answerMessage } from '../../src/http/answer-line.ts'
import type { AnswerLine } from '../../src/http/answer-line.ts'

const plain: AnswerLine = {
  requestId: '0f9619ff-8b86-4d01-b42d-00c04fc964ff',
  method: 'POST',
  path: '/graphql',
  operation: null,
  status: 200,
  code: 'ok',
  ms: 0.4,
}

const odd = ['"', '\\', 'a\nb', '\u2028', '\u0000', 'é', 'ok"}\n{"level":60', ' ', '', '{}', '/a b']

/** What our log and one as it comes from pino write for the same line, without the time. */
function written(line: AnswerLine, bindings: object, level: 'info' | 'debug') {
  return [
    (write: (text: string) => void) => createLog({ level: 'debug' }, { write }),
    (write: (text: string) => void) => pino({ level: 'debug' }, { write }),
  ].map((open) => {
    let text = ''
    open((each) => (text += each))
      .child(bindings)
      [level](line, answerMessage)
    return text.replace(/"time":(\d+|"[^"]*")/, '"time":0')
  })
}

test.each<[string, AnswerLine]>([
  ['a plain one', plain],
  ['one that was cut off', { ...plain, status: null, code: null, isCutOff: true }],
  ['one of an operation with a name', { ...plain, operation: 'ReadMe', path: null }],
  ['one without a method', { ...plain, method: undefined }],
  ...odd.map((text): [string, AnswerLine] => [
    `one of ${JSON.stringify(text)}`,
    { ...plain, requestId: text, method: text, operation: text, path: text, code: text },
  ]),
])('the line of a request is the line that pino writes, byte for byte: %s', (_title, line) => {
  for (const bindings of [{}, { worker: 2 }])
    for (const level of ['info', 'debug'] as const) {
      const [ours, theirs] = written(line, bindings, level)
      expect(ours).toBe(theirs)
      expect(ours?.split('\n')).toHaveLength(2)
    }
})

test('pino writes every line of the log that is not the line of a request', () => {
  let text = ''
  const log = createLog({ level: 'info' }, { write: (each) => (text += each) })
  log.warn({ err: new RangeError('no room'), path: { deep: [1] } }, 'a fault')
  expect(JSON.parse(text)).toMatchObject({
    level: 40,
    msg: 'a fault',
    err: { type: 'RangeError', message: 'no room' },
    path: { deep: [1] },
  })
})
