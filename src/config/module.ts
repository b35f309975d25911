import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * A module that the settings name: a path from the working directory, which begins with `.` or `/`, or a package.
 * Rejects with an error whose message says what is wrong, and whose cause is why.
 */
export async function importNamed(name: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(isPath(name) ? pathToFileURL(resolve(name)).href : name)
  } catch (cause) {
    throw new Error(`${name} cannot be loaded: ${reasonOf(cause as NodeJS.ErrnoException)}`, {
      cause,
    })
  }
}

/** What else a setting takes, after a sentence about the package `name`. Nothing for a path, which is meant as one. */
export function builtInSentence(name: string, builtIn: readonly string[]): string {
  return isPath(name) ? '' : ` Built in are ${builtIn.join(', ')}.`
}

function isPath(name: string): boolean {
  return name.startsWith('.') || name.startsWith('/')
}

/** Node says of TypeScript that it cannot run only that it does not know the extension. */
function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  const isTypeScript = code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[mc]?ts\b/.test(message)
  return isTypeScript
    ? `Node ${process.versions.node} runs no TypeScript. Take Node 22.18 or newer, or compile it to JavaScript.`
    : message
}
