import { z } from 'zod'
import type { Json } from '../../session/record/data.ts'

declare module '../../session/record/session-data.ts' {
  interface SessionData {
    /** What visitors store through setSessionValue: all under one name, so that it cannot reach the server's own. */
    readonly values: VisitorValues
  }
}

/** The visitor's own names and values. */
export type VisitorValues = Readonly<Record<string, Json>>

/** How the session keeps the visitor's values. */
export const valuesDefinition = {
  schema: z.custom<VisitorValues>((value) => typeof value === 'object' && value !== null),
  maxBytes: 65_536,
}
