import { randomBytes } from 'node:crypto'
import { printJson } from './terminal/table.ts'
import { print } from './terminal/terminal.ts'

/** `coatcheck secret`: a new secret key, as a line for `.env`. It is kept nowhere. */
export async function printSecret({ json }: { json?: boolean }): Promise<void> {
  const secretKey = randomBytes(48).toString('base64url')
  if (json) printJson({ secretKey })
  else print(`SECRET_KEY=${secretKey}`)
}
