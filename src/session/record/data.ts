import type { SessionData } from './session-data.ts'

/** A value of JSON, readonly all the way down: a caller changes a stored value by `set`, never in place. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** Can every store and database keep this text as it is? PostgreSQL fails over a NUL, and UTF-8 has no half characters. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** A name that some module has declared in `SessionData`. */
export type SessionName = keyof SessionData

/** The user that a guest signs in as. The room that knows users adds fields, by declaration merging. */
export interface SessionUser {
  readonly id: string
}

/**
 * What becomes of a guest's value when the guest signs in: it stays, it goes, or a function changes it. The function must be
 * pure: it runs again where another writer stored first.
 */
export type SignInRule<Value> = 'keep' | 'drop' | ((value: Value, user: SessionUser) => Value)

/** Reads a value of one name: a Zod schema, or any object with this function. It must not be asynchronous. */
export interface SessionSchema<Value> {
  /** The value, in its canonical form; or why it is none. Never throws. */
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: Value }
    | { readonly success: false; readonly error: unknown }
}

/** What the server must know of one name: the shape of its value, and how large its JSON may grow, in bytes. */
export interface SessionDefinition<Value> {
  readonly schema: SessionSchema<Value>
  readonly maxBytes: number
  /** 'keep' by default. For guests only: another user's session always starts empty. */
  readonly onSignIn?: SignInRule<Value>
}

/**
 * The definition of each name that an application keeps. A value under any other name stays in the session, and no code can
 * read it.
 */
export type SessionDefinitions = {
  readonly [Name in SessionName]?: SessionDefinition<SessionData[Name]>
}

/** The definition of `name`. Throws a sentence where this application keeps no such name. */
export function definitionOf<Name extends SessionName>(
  definitions: SessionDefinitions,
  name: Name,
): SessionDefinition<SessionData[Name]> {
  const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined
  if (definition === undefined)
    throw new Error(`Sessions have no ${name} here: createApp was given no definition of it.`)
  return definition
}
