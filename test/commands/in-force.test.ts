import { expect, test } from 'vitest'
import { readConfig } from '../../src/config/config.ts'
import { settingsInForce, withoutPasswords } from '../../src/config/in-force.ts'
import { variables } from '../../src/config/settings.ts'

test('a setting in force names where it comes from: the environment over .env over a config file over the default', () => {
  const sources = {
    process: { PORT: '5000', SESSION_COOKIE_AGE: '' },
    file: { PORT: '6000', LOG_LEVEL: 'warn', SESSION_COOKIE_AGE: '600' },
  }
  // As a config file with settings of its own would make it.
  const config = readConfig({ PORT: '5000', LOG_LEVEL: 'warn', TRUST_PROXY: 'loopback,10.0.0.1' })
  const found = settingsInForce(config, sources)
  const of = (name: string) => found.find(({ variable }) => variable === name)
  expect(of('PORT')).toMatchObject({ path: 'port', value: '5000', source: 'environment' })
  expect(of('LOG_LEVEL')).toMatchObject({ value: 'warn', source: '.env' })
  expect(of('TRUST_PROXY')).toMatchObject({ value: 'loopback,10.0.0.1', source: 'config file' })
  expect(of('SESSION_COOKIE_AGE')).toMatchObject({ value: '300', source: 'default' })
  expect(of('CACHE_URL')).toMatchObject({ value: null, source: 'default' })
  expect(of('NODE_ENV')).toMatchObject({ value: 'development', source: 'default' })
  expect(found.map(({ variable }) => variable)).toEqual(variables)
})

test('no secret is among the settings in force', { tags: ['K23'] }, () => {
  const secret = 'S3cretThatNoReaderMaySee-0123456789abcd'
  const environment = {
    SECRET_KEY: secret,
    SECRET_KEY_FALLBACKS: `${secret}1,${secret}2`,
    ADMIN_PASSWORD: secret,
    DATABASE_URL: `postgresql://shop:${secret}@db.example/shop?password=${secret}&schema=coat`,
    CACHE_URL: `redis-cluster://user:${secret}@a:6379,b:6379`,
  }
  const text = JSON.stringify(
    settingsInForce(readConfig(environment), { process: environment, file: {} }),
  )
  expect(text).not.toContain(secret)
  expect(text).toContain('postgresql://shop:********@db.example/shop?password=********&schema=coat')
  expect(text).toContain('redis-cluster://user:********@a:6379,b:6379')
})

test.each([
  ['redis://:pa:ss@host:6379', 'redis://:********@host:6379'],
  ['redis://host:6379', 'redis://host:6379'],
  ['postgresql://user@host/name', 'postgresql://user@host/name'],
  ['postgresql://user:p%40ss@host/name', 'postgresql://user:********@host/name'],
  ['postgresql://user:p@ss@host/name', 'postgresql://user:********@host/name'],
  ['postgresql://user:a/b?c@host/name', 'postgresql://user:********@host/name'],
  ['file:./data/coatcheck.db', 'file:./data/coatcheck.db'],
  ['postgresql://u@/n?host=/run&sslpassword=x', 'postgresql://u@/n?host=/run&sslpassword=********'],
])('a setting in force whose value is %s is shown as %s', (url, shown) => {
  expect(withoutPasswords(url)).toBe(shown)
})
