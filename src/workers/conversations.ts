import type { ToPrimary, ToWorker } from './messages.ts'
import type { Team } from './team.ts'

/** What a worker and its fellows say to each other, through the primary. */
export interface Conversations extends Pick<Team, 'tell' | 'hear' | 'ask' | 'answer'> {
  /** Takes what has come from the primary. */
  take(message: ToWorker): void
  /** The primary is gone: questions that are open have no answers. */
  end(): void
}

interface Hearer {
  listener(message: unknown): void
  whenMissed(): void
}

/** How much longer than the primary a worker waits for answers, in milliseconds. */
const spare = 500

/** The conversations of a worker that says to the primary what `send` sends. */
export function createConversations(send: (message: ToPrimary) => void): Conversations {
  const hearers = new Map<string, Hearer[]>()
  const answerers = new Map<string, () => unknown>()
  const questions = new Map<number, (answers: readonly unknown[]) => void>()
  let asked = 0
  let isOver = false

  return {
    tell: (subject, message) => send({ kind: 'tell', subject, message }),
    hear(subject, listener, whenMissed = () => {}) {
      hearers.set(subject, [...(hearers.get(subject) ?? []), { listener, whenMissed }])
    },
    ask(subject, patience) {
      if (isOver) return Promise.resolve([])
      const id = asked++
      return new Promise((resolve) => {
        const end = setTimeout(() => settle(id, []), patience + spare).unref()
        questions.set(id, (answers) => {
          clearTimeout(end)
          resolve(answers)
        })
        send({ kind: 'ask', id, subject, patience })
      })
    },
    answer: (subject, answerer) => void answerers.set(subject, answerer),
    take(message) {
      if (message.kind === 'answers') settle(message.id, message.answers)
      if (message.kind === 'question') void reply(message.id, message.subject)
      if (message.kind === 'told')
        for (const { listener } of hearers.get(message.subject) ?? []) listener(message.message)
      if (message.kind === 'missed')
        for (const { whenMissed } of hearers.get(message.subject) ?? []) whenMissed()
    },
    end() {
      isOver = true
      for (const id of questions.keys()) settle(id, [])
    },
  }

  function settle(id: number, answers: readonly unknown[]): void {
    questions.get(id)?.(answers)
    questions.delete(id)
  }

  /** A worker that cannot answer, or not yet, says so: the primary goes on without. */
  async function reply(id: number, subject: string): Promise<void> {
    try {
      send({ kind: 'answer', id, answer: await answerers.get(subject)?.() })
    } catch {
      send({ kind: 'answer', id, answer: undefined })
    }
  }
}
