import type { IncomingMessage, ServerResponse } from 'node:http'

// TypeScript cannot tell what a route's handler gets from where the route is put, as in `web.get(path, withSession(handler))`:
// the methods of Express are generic themselves. Where the types of Express are installed, handlers get Express's own;
// elsewhere the import is an error that is ignored, and what comes of it is `any`.

// oxlint-disable-next-line typescript/ban-ts-comment
/** @ts-ignore */
type ExpressRequest = import('express').Request
// oxlint-disable-next-line typescript/ban-ts-comment
/** @ts-ignore */
type ExpressResponse = import('express').Response

/** `Type`, or `Otherwise` where there is no such type, so that it would have any property. */
type Known<Type, Otherwise> = string extends keyof Type ? Otherwise : Type

/** The request that a handler gets whose parameters have no types. */
export type HostRequest = Known<ExpressRequest, IncomingMessage>

/** The answer that it writes. */
export type HostResponse = Known<ExpressResponse, ServerResponse>
