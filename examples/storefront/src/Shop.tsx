import { useEffect, useState } from 'react'
import { useQuery } from 'urql'
import { Account, deviceFields } from './Account.tsx'
import { Cart } from './Cart.tsx'
import { cartFields } from './cart.ts'
import { Ended, type Whose } from './Ended.tsx'
import { Expiry } from './Expiry.tsx'
import { useFocusOnNewVisitor } from './focus.ts'
import { graphql } from './graphql.ts'
import { preferenceFields, Preferences } from './Preferences.tsx'
import { Products } from './Products.tsx'
import { useAskOnReturn } from './return.ts'
import { useSessionEvents, type EndReason } from './session-events.ts'
import { sessionFields } from './session.ts'
import { SignIn } from './SignIn.tsx'
import { describeFailure } from './words.ts'

const shop = graphql(
  `
    query Shop {
      me {
        id
        username
        ...DeviceFields
      }
      session {
        ...SessionFields
      }
      preferences {
        ...PreferenceFields
      }
      cart {
        ...CartFields
      }
    }
  `,
  [deviceFields, sessionFields, preferenceFields, cartFields],
)

interface ShopProps {
  endReason: EndReason | null
  renew: (reason?: EndReason | null) => void
}

/** The page. One query reads all that it needs to know of its visitor. */
export function Shop({ endReason, renew }: ShopProps) {
  const [{ data, error }, ask] = useQuery({ query: shop })
  const askAgain = () => ask({ requestPolicy: 'network-only' })
  // An event says that something has changed, and the answer what it is now.
  useSessionEvents(data?.session.id ?? null, { onChanged: askAgain, onEnded: renew })
  useAskOnReturn(askAgain)
  useTheme(data?.preferences.theme)
  const whose = useWhose(data?.session.id ? (data.me ? 'user' : 'guest') : null)
  const greeting = useFocusOnNewVisitor<HTMLParagraphElement>(data && (data.me?.id ?? 'guest'))

  if (!data) return <p role="status">{error ? describeFailure(error) : 'Opening the shop…'}</p>
  const { me, session, preferences, cart } = data
  return (
    <>
      <header>
        <h1>Coat &amp; Hat</h1>
        <p ref={greeting} tabIndex={-1}>
          {me ? `Signed in as ${me.username}` : 'Welcome'}
        </p>
      </header>
      <main>
        {error && <p role="alert">{describeFailure(error)}</p>}
        {session.id === null ? (
          <Ended reason={session.endReason ?? endReason} whose={whose} />
        ) : (
          <Expiry session={session} isGuest={!me} stay={askAgain} next={greeting} />
        )}
        <Products preferences={preferences} />
        <Cart cart={cart} preferences={preferences} />
        {me ? (
          <Account devices={me} preferences={preferences} askAgain={askAgain} renew={renew} />
        ) : (
          <SignIn renew={renew} />
        )}
        <Preferences preferences={preferences} />
      </main>
    </>
  )
}

/** Whose session this page has last seen: once it is over, the answers say no more of it. */
function useWhose(current: Whose | null): Whose {
  const [last, setLast] = useState<Whose>('unknown')
  if (current && current !== last) setLast(current)
  return current ?? last
}

function useTheme(theme = 'SYSTEM') {
  useEffect(() => {
    document.documentElement.dataset.theme = theme.toLowerCase()
  }, [theme])
}
