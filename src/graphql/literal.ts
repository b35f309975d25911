/** `text` for `contains`: %, _ and \ are characters in it, and stand for nothing else. Both databases escape by a backslash. */
export function literal(text: string): string {
  return text.replace(/[\\%_]/g, String.raw`\$&`)
}
