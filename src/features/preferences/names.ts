import { z } from 'zod'

declare module '../../session/record/session-data.ts' {
  interface SessionData {
    readonly preferences: PreferencesData
  }
}

declare module '../../graphql/named-types.ts' {
  interface NamedTypes {
    Preferences: PreferencesData
  }
}

/** What a page may look like. */
export const themes = ['SYSTEM', 'LIGHT', 'DARK'] as const

const schema = z
  .object({
    theme: z.enum(themes).default('SYSTEM'),
    locale: z.string().default('en'),
    timeZone: z.string().default('UTC'),
    currency: z.string().default('USD'),
  })
  .readonly()

/** How the visitor likes things shown. */
export type PreferencesData = z.infer<typeof schema>

/** How the session keeps preferences. */
export const preferencesDefinition = { schema, maxBytes: 1_024 }

/** The preferences of a visitor who has set none. */
export const defaultPreferences: PreferencesData = schema.parse({})
