import type { Spans } from '../metrics/spans.ts'

/** Where a line for the operator goes. */
interface TracingLog {
  warn(details: object, message: string): void
}

/** Where every copy of OpenTelemetry's API, of version 1, keeps what was registered in this process. */
const registered = Symbol.for('opentelemetry.js.api.1')

/**
 * Spans, where this process has registered a provider of OpenTelemetry; null where it has not, and then nothing is loaded.
 * Where the API itself cannot be loaded from here, the log says so.
 */
export async function openSpans(log: TracingLog): Promise<Spans | null> {
  const { [registered]: api }: { [registered]?: { trace?: unknown } } = globalThis as object
  if (api?.trace === undefined) return null
  try {
    const { context, trace } = await import('@opentelemetry/api')
    const { createSpans } = await import('../metrics/spans.ts')
    return createSpans(trace.getTracer('coatcheck'), context)
  } catch (error) {
    log.warn(
      { err: error },
      'There is a provider of OpenTelemetry, and no @opentelemetry/api beside coatcheck: nothing is traced.',
    )
    return null
  }
}
