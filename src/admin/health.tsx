import type { VNode } from 'preact'
import type { BusKind } from '../bus/bus.ts'
import type { PageParts } from './desk-parts.ts'
import { figure } from '../numbers.ts'
import { Ago, Time } from './times.tsx'

/** A part of the server, and how it is. */
export interface Health {
  readonly name: string
  /** Null: it has nothing to do here, and so no health. */
  readonly isWell: boolean | null
  readonly says: string
  /** Since when it is so; null where that is not known. */
  readonly since: Date | null
}

/** What is asked. */
export type HealthParts = Pick<
  PageParts,
  'dependencies' | 'bus' | 'keepsRecords' | 'recordsAreRows'
>

/** Asks the database, the store and the bus now. Never rejects: what does not answer is not well. */
export async function healthOf(desk: HealthParts): Promise<readonly Health[]> {
  return [...(await healthOfStores(desk)), busHealth(desk.bus)]
}

/** Asks the database and the store, without which no page is made. Never rejects. */
export async function healthOfStores(desk: Omit<HealthParts, 'bus'>): Promise<readonly Health[]> {
  const { dependencies, keepsRecords, recordsAreRows } = desk
  const asked = dependencies.map(async (dependency) => {
    const error = await dependency.check()
    const says = error === null ? 'answers' : 'does not answer: the log says why'
    return { name: dependency.name, isWell: error === null, says, since: null }
  })
  const [database, ...others] = await Promise.all(asked)
  const parts = [...(database ? [database] : []), ...(recordsAreRows ? [inDatabase(database)] : [])]
  return [...parts, ...(keepsRecords ? others : [inCookies])]
}

const store = { name: 'The session store', since: null }

/** Each cookie has the session: there is nothing to ask. */
const inCookies: Health = { ...store, isWell: null, says: 'not needed: cookies carry the sessions' }

function inDatabase(database: Health | undefined): Health {
  const isWell = database?.isWell ?? null
  return { ...store, isWell, says: isWell ? 'answers: it is the database' : 'is the database' }
}

const ways: Readonly<Record<Exclude<BusKind, 'process'>, string>> = {
  sqlite: 'not needed: processes watch the file of the database',
  processes: 'carries between the processes of this server',
  postgresql: 'carries by PostgreSQL',
  redis: 'carries by Redis',
}

function busHealth({ kind, state }: PageParts['bus']): Health {
  const name = 'The bus'
  if (kind === 'sqlite') return { name, isWell: null, says: ways.sqlite, since: null }
  if (kind === 'process' || !state.isUp) {
    const others = kind === 'processes' ? 'other servers and the shell' : 'other processes'
    const says = `is down: ${others} learn later of a session that ends`
    return { name, isWell: false, says, since: new Date(state.since) }
  }
  const lag = state.lag === null ? '' : `, ${figure(Math.max(1, Math.round(state.lag)))} ms`
  return { name, isWell: true, says: `${ways[kind]}${lag}`, since: null }
}

/** All of them in a line each. */
export function HealthList({ health, now }: { health: readonly Health[]; now: number }): VNode {
  return (
    <ul class="health">
      {health.map(({ name, isWell, says, since }) => (
        <li key={name}>
          <i class={isWell === null ? 'dot' : isWell ? 'dot good' : 'dot bad'} />
          <b>{name}</b>{' '}
          <span class={isWell === false ? 'fault' : 'faint'}>
            {says}
            {since && (
              <>
                {' '}
                (since <Time at={since} />, <Ago at={since} now={now} />)
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  )
}
