// Prisma's compiler of queries is WebAssembly of 1.7 MB a database. @prisma/client holds it as text in a module, with those
// of every other database, in 72 MB. The bundle reads the same bytes from the package that they are released in.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** A plugin of Rolldown. Fails the build where the two packages do not hold the same bytes. */
export function queryCompiler() {
  const module = /query_compiler_small_bg\.(\w+)\.wasm-base64\.mjs$/
  return {
    name: 'query-compiler',
    load(id) {
      const provider = module.exec(id)?.[1]
      if (provider === undefined) return null
      const path = `@prisma/query-compiler-wasm/${provider}/query_compiler_small_bg.wasm`
      if (!readFileSync(id, 'utf8').includes(readFileSync(require.resolve(path), 'base64')))
        throw new Error(`@prisma/client and @prisma/query-compiler-wasm differ for ${provider}.`)
      return `
        import { readFileSync } from 'node:fs'
        import { createRequire } from 'node:module'
        export const wasm = readFileSync(createRequire(import.meta.url).resolve('${path}'), 'base64')
      `
    },
  }
}
