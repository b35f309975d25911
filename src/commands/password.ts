import { text } from 'node:stream/consumers'
import { password as secret } from '@inquirer/prompts'
import { readEnvironment } from '../config/config.ts'
import { CommandError } from './terminal.ts'

/** A new password: from the variable `name`, from standard input where that is no terminal, or typed twice. */
export async function readPassword(name: string): Promise<string> {
  const fromEnvironment = readEnvironment()[name]
  if (fromEnvironment) return fromEnvironment
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '')
  const password = await secret({ message: 'Password:', mask: true })
  const again = await secret({ message: 'Password (again):', mask: true })
  if (password !== again) throw new CommandError('The two passwords differ. Nothing was done.')
  return password
}
