import type { Builder } from '../../graphql/builder.ts'
import { parseInput } from '../../graphql/input.ts'
import { InvalidInput, SessionInterrupted, SessionTooLarge } from '../../refusals.ts'
import { defaultPreferences } from './names.ts'
import type { PreferencesData } from './names.ts'
import { preferencesInput } from './rules.ts'

/** How the visitor likes things shown. */
export function addPreferences(builder: Builder): void {
  const Theme = builder.enumType('Theme', {
    description: 'What a page may look like.',
    values: {
      SYSTEM: { description: 'As the device does.' },
      LIGHT: { description: 'Dark text on a light ground.' },
      DARK: { description: 'Light text on a dark ground.' },
    } satisfies Record<PreferencesData['theme'], object>,
  })

  builder.objectType('Preferences', {
    description: 'Until something is set: SYSTEM, en, UTC, USD.',
    fields: (t) => ({
      theme: t.expose('theme', { type: Theme, description: 'What a page may look like.' }),
      locale: t.exposeString('locale', { description: 'BCP 47, e.g. en-GB.' }),
      timeZone: t.exposeString('timeZone', { description: 'IANA, e.g. Europe/Madrid.' }),
      currency: t.exposeString('currency', { description: 'ISO 4217, e.g. EUR.' }),
    }),
  })

  const PreferencesInput = builder.inputType('PreferencesInput', {
    description: 'What to change. What is left out, or null, stays.',
    fields: (t) => ({
      theme: t.field({ type: Theme, description: 'What a page may look like.' }),
      locale: t.string({ description: 'BCP 47, in any spelling: en-gb is stored as en-GB.' }),
      timeZone: t.string({ description: 'IANA, e.g. Europe/Madrid.' }),
      currency: t.string({ description: 'ISO 4217, e.g. EUR.' }),
    }),
  })

  const UpdatePreferencesSuccess = builder.objectRef<object>('UpdatePreferencesSuccess').implement({
    description: 'The change is stored.',
    fields: (t) => ({
      preferences: t.field({
        type: 'Preferences',
        description: 'As they were stored.',
        resolve: (_root, _args, { session }) => session.get('preferences', defaultPreferences),
      }),
    }),
  })

  const UpdatePreferencesResult = builder.errorUnion('UpdatePreferencesResult', {
    description: 'What comes of a change of preferences.',
    types: [UpdatePreferencesSuccess, InvalidInput, SessionInterrupted, SessionTooLarge],
    resolveType: () => 'UpdatePreferencesSuccess',
  })

  builder.queryField('preferences', (t) =>
    t.field({
      type: 'Preferences',
      description: 'How the visitor likes things shown.',
      resolve: (_root, _args, { session }) => session.get('preferences', defaultPreferences),
    }),
  )

  builder.objectField('SessionChanged', 'preferences', (t) =>
    t.field({
      type: 'Preferences',
      description: 'As they are now.',
      resolve: ({ session }) => session.get('preferences', defaultPreferences),
    }),
  )

  builder.mutationField('updatePreferences', (t) =>
    t.field({
      type: UpdatePreferencesResult,
      description: 'Changes the fields that are given.',
      args: {
        input: t.arg({ type: PreferencesInput, required: true, description: 'What to change.' }),
      },
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
