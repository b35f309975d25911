import type { Builder } from '../../graphql/builder.ts'
import type { Json } from '../../session/record/data.ts'
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
      args: {
        key: t.arg.string({ required: true, description: 'Its name.' }),
        default: t.arg({ type: 'JSON', description: 'What to give where there is none.' }),
      },
      async resolve(session, { key, default: fallback }) {
        const values = await session.get('values', {})
        return Object.hasOwn(values, key) ? values[key] : fallback
      },
    }),
  }))

  builder.mutationFields((t) => ({
    setSessionValue: t.field({
      type: 'SessionResult',
      description: "Django's session['key'] = value: any JSON, under a name of the page's own.",
      args: {
        key: t.arg.string({ required: true, description: 'Its name: 1 to 64 characters.' }),
        value: t.arg({ type: 'JSON', required: true, description: 'What to store.' }),
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
      description: "Django's del session['key']. Deleting what is not there is fine.",
      args: { key: t.arg.string({ required: true, description: 'Its name.' }) },
      async resolve(_root, { key }, { session }) {
        if (await session.has('values'))
          session.update('values', (values) => withoutValue(values, key))
        return {}
      },
    }),
  }))
}
