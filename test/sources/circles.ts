import type { Source } from './read.ts'

/** The ways from a file round to itself: by imports of values and of types, at the start and later. Empty: there is none. */
export function circlesIn(sources: readonly Source[]): string[] {
  const imports = new Map(sources.map((source) => [source.path, source.imports]))
  const seen = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, way: readonly string[]) => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' > '))
    if (seen.has(path)) return
    seen.add(path)
    for (const { to } of imports.get(path) ?? []) visit(to, [...way, path])
  }
  for (const { path } of sources) visit(path, [])
  return circles
}

/** The same sources, with each folder inside a room as one: what a file of it imports, it imports. */
export function withFoldersAsOne(sources: readonly Source[]): Source[] {
  const folded = new Map<string, Source>()
  for (const { path, imports, ...rest } of sources) {
    const place = folderOf(path)
    const others = imports.map((each) => ({ ...each, to: folderOf(each.to) }))
    const before = folded.get(place)?.imports ?? []
    const after = [...before, ...others.filter(({ to }) => to !== place)]
    folded.set(place, { ...rest, path: place, imports: after })
  }
  return [...folded.values()]
}

/** `src/auth/users` for `src/auth/users/user.ts`; a file that is in the room itself stays one. */
function folderOf(path: string): string {
  return /^src\/[^/]+\/[^/]+(?=\/)/.exec(path)?.[0] ?? path
}
