import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * A module that the settings name: a path from the working directory, which begins with `.` or `/`, or a package.
 * Rejects with an error whose message says what is wrong, and whose cause is why.
 */
export async function importNamed(name: string): Promise<Readonly<Record<string, unknown>>> {
  const isPath = name.startsWith('.') || name.startsWith('/')
  try {
    return await import(isPath ? pathToFileURL(resolve(name)).href : name)
  } catch (cause) {
    throw new Error(`${name} cannot be loaded: ${(cause as Error).message}`, { cause })
  }
}
