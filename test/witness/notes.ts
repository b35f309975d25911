import { randomUUID } from 'node:crypto'
import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'

/**
 * What is written down during a run. `log`: a server's log lines. `print`: what a process of the program printed.
 * `received`: what an HTTP server sent. `sent`: what was sent to one. `password` and `secret`: what no log line and no
 * answer may hold.
 */
export type Kind = 'log' | 'print' | 'received' | 'sent' | 'password' | 'secret'

/** One text, whole. */
export interface Note {
  readonly kind: Kind
  readonly text: Buffer
}

// Test files run in processes of their own, and each writes one file, so that none waits for another.
const path = join(inject('notes'), `${randomUUID()}.jsonl`)
const file = openSync(path, 'a')
let count = 0

/** Begins a note that grows: what is written to it, piece by piece, is read as one text. */
export function openNote(kind: Kind): (piece: string | Buffer) => void {
  const id = count++
  return (piece) => {
    const line = JSON.stringify([id, kind, Buffer.from(piece).toString('base64')])
    writeSync(file, `${line}\n`)
  }
}

/** What each test file of this run wrote down. */
export function readNotes(): Note[][] {
  return readdirSync(inject('notes')).map((name) => readFile(join(inject('notes'), name)))
}

/** What this test file wrote down so far. */
export function readOwnNotes(): Note[] {
  return readFile(path)
}

function readFile(path: string): Note[] {
  const notes = new Map<number, { kind: Kind; pieces: Buffer[] }>()
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue
    const [id, kind, piece] = JSON.parse(line) as [number, Kind, string]
    const note = notes.get(id) ?? { kind, pieces: [] }
    notes.set(id, note)
    note.pieces.push(Buffer.from(piece, 'base64'))
  }
  return [...notes.values()].map(({ kind, pieces }) => ({ kind, text: Buffer.concat(pieces) }))
}
