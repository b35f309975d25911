import { useMutation } from 'urql'
import { graphql, type ResultOf } from './graphql.ts'
import { describeFailure, describeRefusal } from './words.ts'

export const preferenceFields = graphql(`
  fragment PreferenceFields on Preferences {
    theme
    locale
    currency
    timeZone
  }
`)

export type PreferenceFields = ResultOf<typeof preferenceFields>

const update = graphql(
  `
    mutation UpdatePreferences($input: PreferencesInput!) {
      updatePreferences(input: $input) {
        __typename
        ... on UpdatePreferencesSuccess {
          preferences {
            ...PreferenceFields
          }
        }
        ... on Error {
          code
        }
      }
    }
  `,
  [preferenceFields],
)

const themes = { SYSTEM: 'As my device', LIGHT: 'Light', DARK: 'Dark' }
const locales = {
  en: 'As this shop',
  'en-GB': 'Britain',
  'en-US': 'United States',
  'es-ES': 'Spain',
  'de-DE': 'Germany',
}
const currencies = { USD: 'US dollars', EUR: 'Euros', GBP: 'Pounds' }

/** How the visitor likes the page. A guest has preferences too, and keeps them when signing in. */
export function Preferences({ preferences }: { preferences: PreferenceFields }) {
  const [{ data, error }, change] = useMutation(update)
  const result = data?.updatePreferences
  // Times are shown as they are where the visitor is, from the first change on.
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  const set = (name: string) => (value: string) => change({ input: { timeZone, [name]: value } })
  return (
    <section aria-labelledby="preferences">
      <h2 id="preferences">Preferences</h2>
      <Choice label="Colours" of={themes} value={preferences.theme} onChoose={set('theme')} />
      <Choice
        label="Numbers and dates"
        of={locales}
        value={preferences.locale}
        onChoose={set('locale')}
      />
      <Choice
        label="Currency"
        of={currencies}
        value={preferences.currency}
        onChoose={set('currency')}
      />
      {error && <p role="alert">{describeFailure(error)}</p>}
      {result && 'code' in result && <p role="alert">{describeRefusal(result)}</p>}
    </section>
  )
}

interface ChoiceProps {
  label: string
  of: Readonly<Record<string, string>>
  value: string
  onChoose: (value: string) => void
}

function Choice({ label, of, value, onChoose }: ChoiceProps) {
  return (
    <label className="choice">
      {label}
      <select value={value} onChange={({ target }) => onChoose(target.value)}>
        {Object.entries(of).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}
