import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

/** What the `.env` file at `path` says; nothing where there is none. It may come from a shell script or from Windows. */
export function readEnvFile(path: string): Record<string, string | undefined> {
  if (!existsSync(path)) return {}
  // Node's parser takes a space before a name, and the mark that Notepad writes first, for a part of the name.
  return parseEnv(
    decode(readFileSync(path)).replaceAll(/^[ \t]*(export[ \t]+)?(?=[\w.-]+[ \t]*=)/gm, ''),
  )
}

/** UTF-8, or UTF-16 as PowerShell's `>` writes it; without the byte order mark. */
function decode(bytes: Buffer): string {
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe
  return new TextDecoder(isWide ? 'utf-16le' : 'utf-8').decode(bytes)
}
