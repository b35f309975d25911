import type { Builder } from '../../graphql/builder.ts'
import { parseInput } from '../../graphql/input.ts'
import { InvalidInput, SessionInterrupted, SessionTooLarge } from '../../refusals.ts'
import { defaultPreferences, themes } from './names.ts'
import { preferencesInput } from './rules.ts'

/** How the visitor likes things shown. */
export function addPreferences(builder: Builder): void {
  const Theme = builder.enumType('Theme', { values: themes })

  builder.objectType('Preferences', {
    description: 'Until something is set: SYSTEM, en, UTC, USD.',
    fields: (t) => ({
      theme: t.expose('theme', { type: Theme }),
      locale: t.exposeString('locale', { description: 'BCP 47, e.g. en-GB.' }),
      timeZone: t.exposeString('timeZone', { description: 'IANA, e.g. Europe/Madrid.' }),
      currency: t.exposeString('currency', { description: 'ISO 4217, e.g. EUR.' }),
    }),
  })

  const PreferencesInput = builder.inputType('PreferencesInput', {
    fields: (t) => ({
      theme: t.field({ type: Theme }),
      locale: t.string(),
      timeZone: t.string(),
      currency: t.string(),
    }),
  })

  const UpdatePreferencesSuccess = builder.objectRef<object>('UpdatePreferencesSuccess').implement({
    fields: (t) => ({
      preferences: t.field({
        type: 'Preferences',
        resolve: (_root, _args, { session }) => session.get('preferences', defaultPreferences),
      }),
    }),
  })

  const UpdatePreferencesResult = builder.errorUnion('UpdatePreferencesResult', {
    types: [UpdatePreferencesSuccess, InvalidInput, SessionInterrupted, SessionTooLarge],
    resolveType: () => 'UpdatePreferencesSuccess',
  })

  builder.queryField('preferences', (t) =>
    t.field({
      type: 'Preferences',
      resolve: (_root, _args, { session }) => session.get('preferences', defaultPreferences),
    }),
  )

  builder.objectField('SessionChanged', 'preferences', (t) =>
    t.field({
      type: 'Preferences',
      resolve: ({ session }) => session.get('preferences', defaultPreferences),
    }),
  )

  builder.mutationField('updatePreferences', (t) =>
    t.field({
      type: UpdatePreferencesResult,
      description: 'Changes the fields that are given.',
      args: { input: t.arg({ type: PreferencesInput, required: true }) },
      resolve(_root, { input }, { session }) {
        const given = Object.entries(parseInput(preferencesInput, input)).filter(
          ([, value]) => value != null,
        )
        if (given.length > 0) {
          session.update('preferences', (current) => ({
            ...(current ?? defaultPreferences),
            ...Object.fromEntries(given),
          }))
        }
        return {}
      },
    }),
  )
}
