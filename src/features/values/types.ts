import type { Builder } from '../../graphql/builder.ts'
import type { Json } from '../../session/data.ts'
import { checkKey, checkValue, withoutValue, withValue } from './rules.ts'

/** The visitor's own names and values: Django's session['key']. */
export function addValues(builder: Builder): void {
  builder.objectFields('Session', (t) => ({
    keys: t.stringList({
      description: 'Names stored through setSessionValue, sorted.',
      resolve: async (session) => Object.keys(await session.get('values', {})).sort(),
    }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description: 'One stored value; `default` (null when left out) where there is none.',
      args: { key: t.arg.string({ required: true }), default: t.arg({ type: 'JSON' }) },
      async resolve(session, { key, default: fallback }) {
        const values = await session.get('values', {})
        return Object.hasOwn(values, key) ? values[key] : fallback
      },
    }),
  }))

  builder.mutationFields((t) => ({
    setSessionValue: t.field({
      type: 'SessionResult',
      args: {
        key: t.arg.string({ required: true }),
        value: t.arg({ type: 'JSON', required: true }),
      },
      resolve(_root, { key, value }, { session }) {
        checkKey(key)
        checkValue(value)
        session.update('values', (values) => withValue(values, key, value as Json))
        return {}
      },
    }),

    deleteSessionValue: t.field({
      type: 'SessionResult',
      description: 'Deleting what is not there is fine.',
      args: { key: t.arg.string({ required: true }) },
      async resolve(_root, { key }, { session }) {
        if (await session.has('values'))
          session.update('values', (values) => withoutValue(values, key))
        return {}
      },
    }),
  }))
}
