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
