import { z } from 'zod'
import { themes } from './names.ts'

const currencies = new Set(Intl.supportedValuesOf('currency'))

/** What a visitor may set, and how each value is read: BCP 47, IANA and ISO 4217, in their canonical spelling. */
export const preferencesInput = z.object({
  theme: z.enum(themes).nullish(),
  locale: z
    .string()
    .max(100)
    .transform(canonical(canonicalLocale, 'Not a BCP 47 language tag.'))
    .nullish(),
  timeZone: z
    .string()
    .max(100)
    .transform(canonical(knownTimeZone, 'Not an IANA time zone.'))
    .nullish(),
  currency: z
    .string()
    .max(3)
    .transform(canonical(knownCurrency, 'Not an ISO 4217 currency.'))
    .nullish(),
})

function canonical(find: (text: string) => string | null, message: string) {
  return (text: string, context: z.RefinementCtx<string>) => {
    const found = find(text)
    if (found !== null) return found
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
}

function canonicalLocale(text: string): string | null {
  try {
    return Intl.getCanonicalLocales(text)[0] ?? null
  } catch {
    return null // RangeError: not a language tag
  }
}

/** Offsets such as +01:00 are no zones: they know no summer time. */
function knownTimeZone(text: string): string | null {
  if (!/^[A-Za-z]/.test(text)) return null
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return text
  } catch {
    return null // RangeError: no such zone
  }
}

function knownCurrency(text: string): string | null {
  return currencies.has(text.toUpperCase()) ? text.toUpperCase() : null
}
