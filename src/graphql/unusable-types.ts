/** The types of a schema are wrong. The message is a sentence that names the type or the field. */
export class UnusableTypes extends Error {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`The GraphQL types cannot be put together: ${withoutSource(reason)}`, { cause })
    this.name = 'UnusableTypes'
  }
}

/** Pothos quotes the source of a class that it does not know, and does not name `refusalType`. */
function withoutSource(reason: string): string {
  const [, untyped] = /^(class\b.*\}) has not been implemented$/s.exec(reason) ?? []
  if (untyped === undefined)
    return reason.replaceAll(/\bclass\b[^{]*\{.*\}/gs, (source) => `the class ${nameOf(source)}`)
  const name = nameOf(untyped)
  // The class of a refusal extends another class.
  const call = /^class[^{]*\bextends\b/.test(untyped) ? 'refusalType' : 'objectType'
  return `${name} has no GraphQL type: call builder.${call}(${name}, …) first.`
}

function nameOf(source: string): string {
  const [, name] = /^class\s+(?!extends\b)([\w$]+)/.exec(source) ?? []
  return name ?? 'without a name'
}
