import { text } from 'node:stream/consumers'
import { readEnvironment } from '../../config/environment.ts'
import { askNewPassword } from './ask.ts'

/** A new password: from the variable `name`, from standard input where that is no terminal, or typed twice. */
export async function readPassword(name: string): Promise<string> {
  const fromEnvironment = readEnvironment()[name]
  if (fromEnvironment) return fromEnvironment
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '')
  return askNewPassword()
}
