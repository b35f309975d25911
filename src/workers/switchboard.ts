import type { ToPrimary } from './messages.ts'
import { createRelay } from './relay.ts'
import type { Fellow } from './relay.ts'
import { createTurnsOfAll, turnsOfMachine } from './turns.ts'

/** How long the primary waits for answers to its own questions, in milliseconds. */
const patience = 1000

/** What the primary does for workers: it passes on what they say to each other, and gives them turns. */
export interface Switchboard {
  /** A worker hears from now on. */
  add(fellow: Fellow): void
  /** It has ended. */
  remove(fellow: Fellow): void
  /** Does what the worker asks for. */
  serve(fellow: Fellow, message: ToPrimary): void
  /** Asks every worker. Resolves with the answers that came within a second. Never rejects. */
  ask(subject: string): Promise<readonly unknown[]>
  /** Calls `listener` with what a worker tells about `subject`, which is then for the primary, and goes to no other worker. */
  hear(subject: string, listener: (message: unknown) => void): void
}

/** A switchboard that knows no worker yet. */
export function createSwitchboard(): Switchboard {
  const fellows = new Set<Fellow>()
  const relay = createRelay(() => [...fellows])
  const turns = createTurnsOfAll(turnsOfMachine)
  const listeners = new Map<string, (message: unknown) => void>()
  return {
    add: (fellow) => void fellows.add(fellow),
    remove(fellow) {
      fellows.delete(fellow)
      relay.forget(fellow)
      turns.forget(fellow.id)
    },
    ask: (subject) =>
      new Promise((resolve) => {
        const send: Fellow['send'] = (message) => {
          if (message.kind === 'answers') resolve(message.answers)
          return true
        }
        // No worker: those have numbers from 1, or below 0.
        relay.ask({ id: 0, send }, 0, subject, patience)
      }),
    hear: (subject, listener) => void listeners.set(subject, listener),
    serve(fellow, message) {
      if (message.kind === 'tell') {
        const listener = listeners.get(message.subject)
        if (listener) listener(message.message)
        else relay.tell(fellow, message.subject, message.message)
      } else if (message.kind === 'ask')
        relay.ask(fellow, message.id, message.subject, message.patience)
      else if (message.kind === 'answer') relay.answer(fellow, message.id, message.answer)
      else if (message.kind === 'end-turn') turns.end(fellow.id, message.id)
      else if (message.kind === 'take-turn') {
        const { id } = message
        turns.take(fellow.id, id, () => void fellow.send({ kind: 'turn', id }, () => {}))
      }
    },
  }
}
