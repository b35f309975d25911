import type { Builder } from '../../src/graphql/builder.ts'
import { InvalidInput } from '../../src/refusals.ts'

/** A backend team's own fields, beside ours: they share the session and its promises. */
export function addMoreFields(builder: Builder): void {
  builder.mutationFields((t) => ({
    failAfterWriting: t.boolean({
      description: 'Writes, moves the key, and fails in a way that is not expected.',
      resolve(_root, _args, { session }) {
        session.set('values', { written: true })
        session.cycleKey()
        throw new Error('A secret detail of the fault.')
      },
    }),
    refuseAfterWriting: t.boolean({
      errors: { types: [InvalidInput] },
      description: 'Writes, then refuses.',
      resolve(_root, _args, { session }) {
        session.set('values', { written: true })
        throw new InvalidInput([{ path: ['nothing'], message: 'Refused.' }])
      },
    }),
  }))

  builder.subscriptionFields((t) => ({
    ticks: t.string({
      description: 'Writes before the stream begins, says a word, then tries to write again.',
      async *subscribe(_root, _args, { session }) {
        yield 'first'
        try {
          session.set('values', { late: true })
          yield 'written'
        } catch (error) {
          yield (error as Error).message
        }
      },
      resolve: (word) => word,
    }),
  }))
}
