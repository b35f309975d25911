/** A time of a case, from its beginning, as Prometheus writes it: `7m`. */
export type At = `${number}m` | `${number}m${number}s`

/** An alert that fires: its labels without the severity, and its summary. */
export type Firing = readonly [labels: Readonly<Record<string, string>>, summary: string]

/** Series that Prometheus has scraped, and what one alert makes of them. */
export interface AlertCase {
  readonly alert: string
  /** What the series show, for the title: "where ...". */
  readonly where: string
  /** How far apart the values of a series are; a minute by default. */
  readonly every?: '15s' | '1m'
  /** Values as promtool reads them: `1x5` is 1 and five more of it, `0+60x5` counts on from 0. */
  readonly series: Readonly<Record<string, string>>
  /** What fires at these times; left out: the alert is silent for the hour that the case takes. */
  readonly fires?: Readonly<Partial<Record<At, readonly Firing[]>>>
}

const total = (operation: string, code: string) =>
  `coatcheck_requests_total{instance="a", operation="${operation}", code="${code}"}`
const login = (outcome: string) => `coatcheck_logins_total{instance="a", outcome="${outcome}"}`
const ended = (reason: string) => `coatcheck_sessions_ended_total{instance="a", reason="${reason}"}`
const signedIn = 'coatcheck_sessions_active{instance="a", kind="signed_in"}'
const lost = 'coatcheck_sessions_lost{instance="a"}'
const foreign = (instance: string) => `coatcheck_cookies_foreign_total{instance="${instance}"}`
const built = (instance: string, engine: string) =>
  `coatcheck_build_info{instance="${instance}", engine="${engine}"}`
const saves = 'coatcheck_store_call_duration_seconds_count{instance="a", operation="save"}'
const conflicts = 'coatcheck_store_conflicts_total{instance="a", operation="save"}'
const silentAt = (instance: string) => `coatcheck_workers_silent{instance="${instance}"}`
const bus = (job: string, instance: string, kind: string) =>
  `coatcheck_bus_up{job="${job}", instance="${instance}", kind="${kind}"}`
const startOf = (instance: string, worker = '') =>
  `process_start_time_seconds{job="coatcheck", instance="${instance}"${worker && `, worker="${worker}"`}}`

/** A histogram that grows by so much a minute: how many calls took at most so many seconds. */
const histogram = (name: string, labels: string, perMinute: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(perMinute).map(([le, count]) => [
      `coatcheck_${name}_seconds_bucket{instance="a", ${labels}le="${le}"}`,
      `0+${count}x60`,
    ]),
  )

/**
 * What each alert of deploy/alerts.yml is played. Beside what makes it fire is what nearly does: figures just below its
 * threshold, or above it for a shorter time than it waits.
 */
export const alertCases: readonly AlertCase[] = [
  {
    alert: 'CoatcheckDown',
    where: 'a server has not answered for a minute',
    every: '15s',
    series: { 'up{job="coatcheck", instance="a"}': '1x19 0x20' },
    fires: {
      '5m45s': [],
      '6m': [[{ job: 'coatcheck', instance: 'a' }, 'a does not answer its scraper.']],
    },
  },
  {
    alert: 'CoatcheckDown',
    where: 'a server misses four scrapes, and another job is down',
    every: '15s',
    series: {
      'up{job="coatcheck", instance="a"}': '1x19 0x3 1x240',
      'up{job="node", instance="b"}': '0x240',
    },
  },
  {
    alert: 'CoatcheckMissing',
    where: 'the only server is no target any more',
    every: '15s',
    series: { 'up{job="coatcheck", instance="a"}': '1x19 stale' },
    fires: {
      '9m45s': [],
      '10m': [
        [{ job: 'coatcheck' }, 'Prometheus knows no process of the job coatcheck to scrape.'],
      ],
    },
  },
  {
    alert: 'CoatcheckMissing',
    where: 'one of two servers is no target any more, and both are none for less than five minutes',
    every: '15s',
    series: {
      'up{job="coatcheck", instance="a"}': '1x19 stale',
      'up{job="coatcheck", instance="b"}': '0x40 stale _x18 0x240',
    },
  },
  {
    alert: 'CoatcheckDependencyDown',
    where: 'a server has not reached its database for a minute',
    every: '15s',
    series: {
      'coatcheck_dependency_up{instance="a", dependency="database"}': '1x19 0x20',
      'coatcheck_dependency_up{instance="a", dependency="store"}': '1x40',
    },
    fires: {
      '5m45s': [],
      '6m': [[{ instance: 'a', dependency: 'database' }, 'a cannot reach its database.']],
    },
  },
  {
    alert: 'CoatcheckDependencyDown',
    where: 'the store is away for less than a minute, and the cache for good',
    every: '15s',
    series: {
      'coatcheck_dependency_up{instance="a", dependency="store"}': '1x19 0x3 1x240',
      'coatcheck_dependency_up{instance="a", dependency="cache"}': '0x240',
    },
  },
  {
    alert: 'CoatcheckCacheDown',
    where: 'a server has been without its cache for two minutes',
    every: '15s',
    series: { 'coatcheck_dependency_up{instance="a", dependency="cache"}': '1x19 0x20' },
    fires: {
      '6m45s': [],
      '7m': [[{ instance: 'a' }, 'a works without its cache: the database answers every request.']],
    },
  },
  {
    alert: 'CoatcheckCacheDown',
    where: 'the cache is away for less than two minutes, and the store for good',
    every: '15s',
    series: {
      'coatcheck_dependency_up{instance="a", dependency="cache"}': '1x19 0x7 1x240',
      'coatcheck_dependency_up{instance="a", dependency="store"}': '0x240',
    },
  },
  {
    alert: 'CoatcheckFaults',
    where: 'one request in eleven is a fault',
    series: {
      [total('Me', 'ok')]: '0+600x30',
      [total('Me', 'INTERNAL_SERVER_ERROR')]: '0x10 0+60x20',
    },
    fires: { '10m': [], '25m': [[{}, '9.091% of requests end in a fault.']] },
  },
  {
    alert: 'CoatcheckFaults',
    where: 'one request in a hundred and twenty is a fault, and others are refused',
    series: {
      [total('Me', 'ok')]: '0+500x60',
      [total('Me', 'INTERNAL_SERVER_ERROR')]: '0+5x60',
      [total('Login', 'INVALID_CREDENTIALS')]: '0+95x60',
    },
  },
  {
    alert: 'CoatcheckFaults',
    where: 'two of the few requests at night are faults',
    series: {
      [total('Me', 'ok')]: '0+1x60',
      [total('Me', 'INTERNAL_SERVER_ERROR')]: '1x30 2x2 3x30',
    },
  },
  {
    alert: 'CoatcheckUnavailable',
    where: 'four codes of a shortage make up two requests in a hundred',
    series: {
      [total('Me', 'ok')]: '0+980x30',
      [total('Me', 'SESSION_STORE_UNAVAILABLE')]: '0x10 0+5x20',
      [total('Me', 'SESSION_BUSY')]: '0x10 0+5x20',
      [total('Me', 'EXECUTION_TIMEOUT')]: '0x10 0+5x20',
      [total('Login', 'SERVER_BUSY')]: '0x10 0+5x20',
    },
    fires: { '10m': [], '25m': [[{}, '2% of requests are turned away.']] },
  },
  {
    alert: 'CoatcheckUnavailable',
    where: 'one request in a hundred and twenty is turned away',
    series: { [total('Me', 'ok')]: '0+595x60', [total('Login', 'SERVER_BUSY')]: '0+5x60' },
  },
  {
    alert: 'CoatcheckUnavailable',
    where: 'the store was away for two minutes',
    every: '15s',
    series: {
      [total('Me', 'ok')]: '0+150x40 6000x8 6000+150x190',
      [total('Me', 'SESSION_STORE_UNAVAILABLE')]: '0x40 0+150x8 1200x190',
    },
  },
  {
    alert: 'CoatcheckSlow',
    where: 'two requests in a hundred take more than a second',
    series: histogram('request_duration', 'operation="Me", ', { 1: 98, 2.5: 100, '+Inf': 100 }),
    fires: {
      '10m': [],
      '12m': [[{}, 'One request in a hundred takes longer than 1.75s.']],
    },
  },
  {
    alert: 'CoatcheckSlow',
    where: 'one request in two hundred takes more than a second',
    series: histogram('request_duration', 'operation="Me", ', {
      0.5: 0,
      1: 199,
      2.5: 200,
      '+Inf': 200,
    }),
  },
  {
    alert: 'CoatcheckDatabaseSlow',
    where: 'two looks at a session in a hundred take more than a quarter of a second',
    series: histogram('roster_call_duration', 'operation="open", ', {
      0.25: 98,
      0.5: 100,
      '+Inf': 100,
    }),
    fires: {
      '10m': [],
      '12m': [[{}, 'One look at a session in a hundred takes longer than 375ms.']],
    },
  },
  {
    alert: 'CoatcheckDatabaseSlow',
    where: 'every look takes less than a quarter of a second, and every login more than one',
    series: {
      ...histogram('roster_call_duration', 'operation="open", ', {
        0.1: 0,
        0.25: 100,
        0.5: 100,
        '+Inf': 100,
      }),
      ...histogram('roster_call_duration', 'operation="enroll", ', { 1: 0, 5: 100, '+Inf': 100 }),
    },
  },
  {
    alert: 'CoatcheckStoreSlow',
    where: 'two calls to the store in a hundred take more than a quarter of a second',
    series: {
      ...histogram('store_call_duration', 'operation="load", ', { 0.25: 60, 0.5: 60, '+Inf': 60 }),
      ...histogram('store_call_duration', 'operation="save", ', { 0.25: 38, 0.5: 40, '+Inf': 40 }),
    },
    fires: {
      '10m': [],
      '12m': [[{}, 'One call to the session store in a hundred takes longer than 375ms.']],
    },
  },
  {
    alert: 'CoatcheckStoreSlow',
    where: 'every call to the store takes less than a quarter of a second',
    series: histogram('store_call_duration', 'operation="load", ', {
      0.1: 0,
      0.25: 100,
      0.5: 100,
      '+Inf': 100,
    }),
  },
  {
    alert: 'CoatcheckActivityNotWritten',
    where: 'a server has written no activity down for two minutes',
    every: '15s',
    series: { 'coatcheck_activity_writes_failing{instance="a"}': '0x19 1x20' },
    fires: {
      '6m45s': [],
      '7m': [
        [{ instance: 'a' }, 'a reads sessions and cannot write them: visitors will be signed out.'],
      ],
    },
  },
  {
    alert: 'CoatcheckActivityNotWritten',
    where: 'a server writes no activity down for less than two minutes',
    every: '15s',
    series: { 'coatcheck_activity_writes_failing{instance="a"}': '0x19 1x7 0x240' },
  },
  {
    alert: 'CoatcheckNotCleared',
    where: 'an expired session has waited for more than six hours, for half an hour',
    series: { 'coatcheck_expired_oldest_seconds{instance="a"}': '21601+60x40' },
    fires: {
      '29m': [],
      '30m': [[{}, 'A session that expired 6h 30m 1s ago has not been removed.']],
    },
  },
  {
    alert: 'CoatcheckNotCleared',
    where:
      'an expired session waits for six hours, and a server that was off for a weekend catches up',
    series: {
      'coatcheck_expired_oldest_seconds{instance="a"}': '21600x60',
      'coatcheck_expired_oldest_seconds{instance="b"}': '200000x25 0x35',
    },
  },
  {
    alert: 'CoatcheckGuessing',
    where: 'two logins a second are refused while one a minute succeeds',
    series: { [login('refused')]: '0x5 0+120x30', [login('success')]: '0+1x35' },
    fires: { '5m': [], '30m': [[{}, '2 logins a second are refused.']] },
  },
  {
    alert: 'CoatcheckGuessing',
    where: 'logins are refused and throttled, and none succeeds',
    series: {
      [login('refused')]: '0+20x40',
      [login('throttled')]: '0+40x40',
      [login('success')]: '0x40',
    },
    fires: { '9m': [], '30m': [[{}, '1 logins a second are refused.']] },
  },
  {
    alert: 'CoatcheckGuessing',
    where: 'four logins are refused for each that succeeds',
    series: { [login('refused')]: '0+120x60', [login('success')]: '0+30x60' },
  },
  {
    alert: 'CoatcheckGuessing',
    where: 'a login is refused every two seconds and none succeeds',
    series: { [login('refused')]: '0+29x60', [login('success')]: '0x60' },
  },
  {
    alert: 'CoatcheckSignedOut',
    where: 'nine hundred of a thousand sessions are revoked',
    series: { [signedIn]: '1000x20 100x10', [ended('REVOKED')]: '3x20 903x10' },
    fires: {
      '19m': [],
      '25m': [
        [
          {},
          '900 sessions were ended from outside within a quarter of an hour: more than a fifth.',
        ],
      ],
    },
  },
  {
    alert: 'CoatcheckSignedOut',
    where:
      'of a thousand, seven hundred log out or expire on an evening, and three change a password',
    series: {
      [signedIn]: '1000x20 950-50x13 300x30',
      [ended('LOGOUT')]: '0x20 20+20x13 300x30',
      [ended('EXPIRED')]: '0x45 400x15',
      [ended('PASSWORD_CHANGED')]: '0x20 3x40',
    },
  },
  {
    alert: 'CoatcheckSignedOut',
    where: 'staff end fewer than a fifth of a thousand sessions, once',
    series: { [signedIn]: '1000x20 820x40', [ended('REVOKED')]: '0x20 180x40' },
  },
  {
    alert: 'CoatcheckSignedOut',
    where: 'all of fifty sessions are revoked',
    series: { [signedIn]: '50x20 0x40', [ended('REVOKED')]: '0x20 50x40' },
  },
  {
    // The rows of lost sessions stay.
    alert: 'CoatcheckSessionsLost',
    where: 'Redis has restarted empty, until a quarter of an hour is over',
    series: { [signedIn]: '1000x20 0+10x40', [lost]: '0x20 1000x40' },
    fires: {
      '19m': [],
      '25m': [
        [{}, 'The store has lost 1k sessions within a quarter of an hour: more than a fifth.'],
      ],
      '50m': [],
    },
  },
  {
    alert: 'CoatcheckSessionsLost',
    where: 'of a thousand, seven hundred log out on an evening, and many were lost days ago',
    series: { [signedIn]: '1000x20 950-50x13 300x30', [lost]: '800x60' },
  },
  {
    alert: 'CoatcheckSessionsLost',
    where: 'the store has lost a fifth of its sessions, and all of fifty',
    series: { [signedIn]: '1000x20 800x30 50x30 0x40', [lost]: '0x20 200x60 250x40' },
  },
  {
    alert: 'CoatcheckCookiesForeign',
    where: 'five requests of ten come with cookies of another key',
    series: {
      [built('a', 'signed-cookies')]: '1x35',
      [built('b', 'database')]: '1x35',
      [total('Me', 'ok')]: '0+600x35',
      [foreign('a')]: '0x10 0+300x20',
      [foreign('b')]: '0+600x35',
    },
    fires: {
      '10m': [],
      '25m': [[{}, '5 requests a second come with cookies that another SECRET_KEY has sealed.']],
    },
  },
  {
    alert: 'CoatcheckCookiesForeign',
    where: 'every cookie is foreign to a server whose sessions are in the database',
    series: {
      [built('a', 'database')]: '1x60',
      [total('Me', 'ok')]: '0+600x60',
      [foreign('a')]: '0+600x60',
    },
  },
  {
    alert: 'CoatcheckCookiesForeign',
    where: 'less than a fifth of the cookies are foreign',
    series: {
      [built('a', 'signed-cookies')]: '1x60',
      [total('Me', 'ok')]: '0+600x60',
      [foreign('a')]: '0+118x60',
    },
  },
  {
    alert: 'CoatcheckCookiesForeign',
    where: 'the only visitor of a night has a foreign cookie',
    series: {
      [built('a', 'signed-cookies')]: '1x60',
      [total('Me', 'ok')]: '0+5x60',
      [foreign('a')]: '0+5x60',
    },
  },
  {
    alert: 'CoatcheckHashesWait',
    where: 'eleven logins have waited for their hash for a minute',
    every: '15s',
    series: { 'coatcheck_hashes_waiting{instance="a"}': '0x19 11x20' },
    fires: {
      '5m45s': [],
      '6m': [[{ instance: 'a' }, '11 logins wait for their hash at a.']],
    },
  },
  {
    alert: 'CoatcheckHashesWait',
    where: 'ten logins wait for good, and fifty for less than a minute',
    every: '15s',
    series: { 'coatcheck_hashes_waiting{instance="a"}': '10x19 50x3 10x240' },
  },
  {
    alert: 'CoatcheckConflicts',
    where: 'twelve saves in a hundred find that another process came first',
    series: { [saves]: '0+600x60', [conflicts]: '0+72x60' },
    fires: {
      '15m': [],
      '20m': [[{}, '12% of saves find that another process came first.']],
    },
  },
  {
    alert: 'CoatcheckConflicts',
    where: 'nine saves in a hundred find that another process came first',
    series: { [saves]: '0+600x60', [conflicts]: '0+54x60' },
  },
  {
    alert: 'CoatcheckConflicts',
    where: 'a page of the only visitor saves twice at once every minute',
    series: { [saves]: '0+2x60', [conflicts]: '0+1x60' },
  },
  {
    alert: 'CoatcheckLoopBlocked',
    where: 'two timers in a hundred are more than 100 ms late',
    series: {
      ...histogram('event_loop_delay', '', { 0.1: 588, '+Inf': 600 }),
      'coatcheck_event_loop_delay_seconds_count{instance="a"}': '0+600x60',
    },
    fires: {
      '5m': [],
      '7m': [[{ instance: 'a' }, 'a stands still for more than 100 ms again and again.']],
    },
  },
  {
    alert: 'CoatcheckLoopBlocked',
    where:
      'one timer in a hundred and twenty is more than 100 ms late, and one process tells nothing new',
    series: {
      ...histogram('event_loop_delay', '', { 0.1: 595, '+Inf': 600 }),
      'coatcheck_event_loop_delay_seconds_count{instance="a"}': '0+600x60',
      'coatcheck_event_loop_delay_seconds_bucket{instance="b", le="0.1"}': '500x60',
      'coatcheck_event_loop_delay_seconds_count{instance="b"}': '600x60',
    },
  },
  {
    alert: 'CoatcheckLoopBlocked',
    where: 'the machine had other work for a minute',
    every: '15s',
    series: {
      'coatcheck_event_loop_delay_seconds_bucket{instance="a", le="0.1"}':
        '0+150x40 6000+75x4 6300+150x190',
      'coatcheck_event_loop_delay_seconds_count{instance="a"}': '0+150x240',
    },
  },
  {
    alert: 'CoatcheckBusy',
    where: 'one of two workers is at work for nine tenths of the time',
    series: {
      'coatcheck_event_loop_active_seconds_total{instance="a", worker="1"}': '0+30x40',
      'coatcheck_event_loop_active_seconds_total{instance="a", worker="2"}': '0+54x40',
    },
    fires: {
      '10m': [],
      '16m': [[{ instance: 'a' }, 'a is at work 90% of the time.']],
    },
  },
  {
    alert: 'CoatcheckBusy',
    where: 'both workers are at work for nearly four fifths of the time',
    series: {
      'coatcheck_event_loop_active_seconds_total{instance="a", worker="1"}': '0+47x60',
      'coatcheck_event_loop_active_seconds_total{instance="a", worker="2"}': '0+47x60',
    },
  },
  {
    alert: 'CoatcheckBusDown',
    where: 'a server has not heard the others for two minutes',
    every: '15s',
    series: {
      [bus('coatcheck', 'a', 'redis')]: '1x19 0x20',
      [bus('coatcheck', 'b', 'redis')]: '1x40',
    },
    fires: {
      '6m45s': [],
      '7m': [[{ instance: 'a' }, 'a does not hear what other processes end.']],
    },
  },
  {
    alert: 'CoatcheckBusDown',
    where: 'a server does not hear the others for less than two minutes',
    every: '15s',
    series: { [bus('coatcheck', 'a', 'redis')]: '1x19 0x7 1x240' },
  },
  {
    alert: 'CoatcheckBusSplit',
    where: 'a pooler forbids LISTEN to one server of two',
    series: {
      [bus('pooled', 'a', 'processes')]: '0x30',
      [bus('pooled', 'b', 'postgresql')]: '1x30',
    },
    fires: {
      '9m': [],
      '10m': [
        [
          { job: 'pooled' },
          'Processes of pooled tell each other over different ways, and do not hear each other.',
        ],
      ],
    },
  },
  {
    // On one SQLite file each process hears the others by the file.
    alert: 'CoatcheckBusSplit',
    where:
      'servers share one SQLite file, two jobs have a wire each, and a third changes its wire within ten minutes',
    series: {
      [bus('one-file', 'a', 'processes')]: '1x60',
      [bus('one-file', 'b', 'sqlite')]: '1x60',
      [bus('by-redis', 'c', 'redis')]: '1x60',
      [bus('by-postgresql', 'd', 'postgresql')]: '1x60',
      [bus('moves', 'e', 'postgresql')]: '1x30 stale',
      [bus('moves', 'f', 'redis')]: '_x21 1x40',
    },
  },
  {
    alert: 'CoatcheckBusLate',
    where: 'messages have been two seconds and a half on their way for five minutes',
    series: { 'coatcheck_bus_lag_seconds{instance="a"}': '0.002x5 34 0.002x5 2.5x15' },
    fires: {
      '9m': [],
      '25m': [[{ instance: 'a' }, 'Messages are 2.5s on their way to a.']],
    },
  },
  {
    alert: 'CoatcheckBusLate',
    where: 'messages are a second on their way, and a worker that hangs is late for half a minute',
    every: '15s',
    series: { 'coatcheck_bus_lag_seconds{instance="a"}': '1x40 15 30 1x240' },
  },
  {
    alert: 'CoatcheckRestarts',
    where: 'four workers crash in turn, none of them more than twice',
    every: '15s',
    series: {
      [startOf('a', '1')]: '1x20 100x20 500x160',
      [startOf('a', '2')]: '2x25 _x1 200x20 600x160',
      [startOf('a', '3')]: '3x30 300x180',
      [startOf('a', '4')]: '4x35 400x180',
    },
    fires: {
      '5m': [],
      '20m': [
        [
          { job: 'coatcheck', instance: 'a' },
          'a or a worker of it has started 6 times in half an hour.',
        ],
      ],
    },
  },
  {
    alert: 'CoatcheckRestarts',
    where:
      'a deploy starts four workers at once, and a process alone starts three times in half an hour',
    every: '15s',
    series: {
      ...Object.fromEntries(
        ['1', '2', '3', '4'].map((worker) => [
          startOf('deployed', worker),
          `${worker}x20 _x2 10${worker}x240`,
        ]),
      ),
      [startOf('alone')]: '1x20 100x10 200x10 300x240',
    },
  },
  {
    // As it shows at a scrape of every 15 seconds: the primary kills the worker after half a minute.
    alert: 'CoatcheckWorkerSilent',
    where: 'workers hang or crash again and again',
    every: '15s',
    series: {
      [silentAt('hangs')]: '0x20 1 1 0x15 1 1 1 0x15 1 1 0x180',
      [silentAt('crashes')]: '0x20 0 1 1 1 1 0 1 1 1 0 1 1 1 0x180',
    },
    fires: {
      '7m': [
        [
          { instance: 'crashes' },
          'A worker of crashes was silent for 1m 30s of the last half hour.',
        ],
      ],
      '20m': [
        [
          { instance: 'crashes' },
          'A worker of crashes was silent for 2m 30s of the last half hour.',
        ],
        [{ instance: 'hangs' }, 'A worker of hangs was silent for 1m 45s of the last half hour.'],
      ],
      '50m': [],
    },
  },
  {
    alert: 'CoatcheckWorkerSilent',
    where: 'a worker hangs once, another while it starts, and a third is deployed',
    every: '15s',
    series: {
      [silentAt('hangs')]: '0x20 1 1 1 0x240',
      [silentAt('hangs-while-it-starts')]: '0x20 1 1 1 1 1 0x240',
      [silentAt('deployed')]: '1 1 0x240',
    },
  },
]
