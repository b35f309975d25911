import type { Judgements } from './rule.ts'
import { isLocal } from './words.ts'

/** What is thought of who may reach the server, from where. */
export const judgedCallers: Judgements = {
  ALLOWED_ORIGINS: [
    {
      level: 'ERROR',
      when: ({ allowedOrigins }) => allowedOrigins.includes('null'),
      says: 'Any page in a sandboxed frame, and any file, has the origin null: each may act with the cookie of its visitor.',
      cure: 'Take null out, and list the origins of your pages.',
    },
    {
      level: 'ERROR',
      when: ({ allowedOrigins }) =>
        allowedOrigins.some((one) => one.startsWith('http:') && !isLocal(new URL(one).hostname)),
      says: 'A page that comes over plain HTTP may act with the cookie, and every machine between can change that page.',
      cure: 'Serve the page over HTTPS, and list its https:// origin.',
    },
    {
      level: 'WARNING',
      when: ({ allowedOrigins }) =>
        allowedOrigins.some((one) => /^https?:/.test(one) && isLocal(new URL(one).hostname)),
      says: 'Any program that serves pages at this origin on a visitor’s own machine may act with their cookie. It is an origin of development.',
      cure: 'Take the origins of localhost out.',
    },
  ],

  ALLOWED_HOSTS: [
    {
      level: 'WARNING',
      when: ({ allowedHosts }) => allowedHosts.length === 0 || allowedHosts.includes('*'),
      says: 'The server answers to any name, so that a page of another site can point a name of its own at it and ask as if it were yours.',
      cure: 'Set ALLOWED_HOSTS to the names of the site, such as shop.example.',
    },
  ],

  TRUST_PROXY: [
    {
      level: 'WARNING',
      when: ({ host, trustProxy }) => isLocal(host) && trustProxy === 0,
      says: 'Only a proxy of this machine reaches the server, and it is not believed: all visitors share its address, so that one who guesses passwords slows the logins of all, and HSTS is never sent.',
      cure: 'Set TRUST_PROXY=loopback.',
    },
    {
      level: 'WARNING',
      when: ({ host, trustProxy }) =>
        !isLocal(host) && typeof trustProxy === 'number' && trustProxy > 0,
      says: 'Proxies are counted, and other machines reach the port: a visitor who goes around the proxy writes any address.',
      cure: 'Name the addresses of the proxies in TRUST_PROXY, or let only them reach the port.',
    },
  ],

  SECURE_HSTS_SECONDS: [
    {
      level: 'WARNING',
      when: ({ hstsSeconds }) => hstsSeconds === 0,
      says: 'Browsers are not told to use HTTPS alone: the first request of a visit may go over plain HTTP, and be answered by another machine.',
      cure: 'Set SECURE_HSTS_SECONDS=31536000 once every name of the site speaks HTTPS, unless the proxy sends the header.',
    },
    {
      level: 'WARNING',
      when: ({ hstsSeconds, trustProxy }) => hstsSeconds > 0 && trustProxy === 0,
      says: 'It is never sent: without TRUST_PROXY the server does not know that a visitor came over HTTPS.',
      cure: 'Name the proxies in TRUST_PROXY.',
    },
  ],

  GRAPHIQL: [
    {
      level: 'WARNING',
      when: ({ graphiql }) => graphiql,
      says: 'Two megabytes of other people’s code run in the session of the staff who open the page.',
      cure: 'Leave GRAPHIQL out. Staff have /admin.',
    },
  ],

  INTROSPECTION: [
    {
      level: 'WARNING',
      when: ({ introspection }) => introspection,
      says: 'Strangers may ask for the whole schema, the fields for staff included.',
      cure: 'Leave INTROSPECTION out. Pages that are built need no schema while they run.',
    },
  ],
}
