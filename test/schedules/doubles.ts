import type { PasswordHasher } from '../../src/auth/passwords/password.ts'
import type { Dependency } from '../../src/waiting/dependency.ts'
import type { WriterQueue } from '../../src/session/queue.ts'
import { SessionStoreUnavailable } from '../../src/refusals.ts'
import { CallFailed, CallTimedOut } from './scheduler.ts'
import type { Scheduler } from './scheduler.ts'

/** Says a hash instead of computing one. */
export const passwords: PasswordHasher = {
  minLength: 1,
  hash: async (plain) => `hash of ${plain}`,
  verify: async (hash, plain) => hash === `hash of ${plain}`,
  needsUpgrade: () => false,
  warm: async () => {},
  load: { running: 0, waiting: 0 },
}

/** A dependency of one request that is never down. Which of its calls is given up is for the scheduler to say. */
export function createPatience(scheduler: Scheduler, by: string): Dependency {
  const call: Dependency['call'] = async (work, { isWrite = false, undo } = {}) => {
    try {
      return await scheduler.waitFor(by, async () => work(), undo)
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error
      const isOpen = isWrite && error instanceof CallTimedOut
      throw new SessionStoreUnavailable(error, { isOpen })
    }
  }
  return {
    name: 'The double',
    isDown: false,
    reason: null,
    waiting: 0,
    failures: 0,
    check: async () => null,
    call,
    soon: (work) => call(work),
  }
}

/** The queue of a process, whose doors are steps: who goes in before whom is for the scheduler to decide. */
export function inSteps(
  queue: WriterQueue,
  scheduler: Scheduler,
  by: string,
  process: string,
): WriterQueue {
  return async (id, write) => {
    const door = (what: string) =>
      scheduler.call({
        by,
        what,
        touches: [{ kind: 'queue', name: `${process}, ${scheduler.nameOf(id, by)}`, writes: true }],
        perform: () => {},
        mayFail: false,
      })
    await door('joins the queue of writers')
    await queue(id, async (latest) => {
      try {
        return await write(latest)
      } finally {
        await door('leaves the queue of writers')
      }
    })
  }
}
