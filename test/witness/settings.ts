import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { openNote } from './notes.ts'

/** Notes what is secret in a server's settings: its passwords, its keys, and the passwords in its addresses. */
export function noteSettings(settings: Record<string, string>): void {
  for (const [name, value] of Object.entries(settings)) {
    if (name.endsWith('PASSWORD')) openNote('password')(value)
    if (name === 'SECRET_KEY') openNote('secret')(value)
    if (name === 'SECRET_KEY_FALLBACKS') value.split(',').forEach(openNote('secret'))
    if (name.endsWith('_URL') && URL.canParse(value)) {
      openNote('secret')(decodeURIComponent(new URL(value).password))
    }
  }
}

/** Notes the key that a server without SECRET_KEY, in `folder`, has made for itself. */
export function noteKeptKey(folder: string, databaseUrl = ''): void {
  const beside = databaseUrl.startsWith('file:')
    ? dirname(databaseUrl.slice('file:'.length))
    : 'data'
  const path = resolve(folder, beside, 'secret-key')
  if (existsSync(path)) openNote('secret')(readFileSync(path, 'utf8').trim())
}
