import type { ToWorker } from './messages.ts'

/** A worker, as the primary speaks to it. */
export interface Fellow {
  readonly id: number
  /** Sends, and calls back once the worker's channel has taken it. False where the channel has more than it takes at once. */
  send(message: ToWorker, whenTaken: () => void): boolean
}

/** Passes on what workers say to each other. */
export interface Relay {
  tell(from: Fellow, subject: string, message: unknown): void
  /** Asks all but `from`, and gives it the answers that come within `patience` milliseconds. */
  ask(from: Fellow, id: number, subject: string, patience: number): void
  answer(from: Fellow, id: number, answer: unknown): void
  /** The worker has ended: no question waits for it. */
  forget(fellow: Fellow): void
}

interface Question {
  readonly waitsFor: Set<number>
  readonly answers: unknown[]
  finish(): void
}

/**
 * The relay among the workers that `fellows` names at the time. A worker that takes nothing, because it was stopped or is
 * busy, gets no more until its channel is free again; then it is told that it has missed something.
 */
export function createRelay(fellows: () => readonly Fellow[]): Relay {
  const questions = new Map<number, Question>()
  /** By the workers whose channel is full: the subjects of which they have missed something. */
  const full = new Map<number, Set<string>>()
  let asked = 0

  return {
    tell(from, subject, message) {
      for (const fellow of others(from)) pass(fellow, subject, message)
    },
    ask(from, id, subject, patience) {
      const own = asked++
      const waitsFor = new Set(others(from).map((fellow) => fellow.id))
      const answers: unknown[] = []
      const end = setTimeout(() => finish(), patience).unref()
      const finish = () => {
        clearTimeout(end)
        questions.delete(own)
        from.send({ kind: 'answers', id, answers }, () => {})
      }
      questions.set(own, { waitsFor, answers, finish })
      for (const fellow of others(from))
        fellow.send({ kind: 'question', id: own, subject }, () => {})
      if (waitsFor.size === 0) finish()
    },
    answer(from, id, answer) {
      const question = questions.get(id)
      if (!question?.waitsFor.delete(from.id)) return
      // A worker that could not answer has answered `undefined`, which JSON leaves out.
      if (answer !== undefined) question.answers.push(answer)
      if (question.waitsFor.size === 0) question.finish()
    },
    forget({ id }) {
      full.delete(id)
      for (const question of questions.values())
        if (question.waitsFor.delete(id) && question.waitsFor.size === 0) question.finish()
    },
  }

  function others(from: Fellow): Fellow[] {
    return fellows().filter(({ id }) => id !== from.id)
  }

  function pass(fellow: Fellow, subject: string, message: unknown): void {
    const missed = full.get(fellow.id)
    if (missed) {
      missed.add(subject)
      return
    }
    let fills = false
    const isTaken = fellow.send({ kind: 'told', subject, message }, () => {
      if (fills) resume(fellow)
    })
    if (isTaken) return
    fills = true
    full.set(fellow.id, new Set())
  }

  function resume(fellow: Fellow): void {
    const missed = full.get(fellow.id) ?? []
    full.delete(fellow.id)
    for (const subject of missed) fellow.send({ kind: 'missed', subject }, () => {})
  }
}
