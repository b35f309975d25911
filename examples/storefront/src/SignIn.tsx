import { useState, type FormEvent } from 'react'
import { useMutation } from 'urql'
import { Field } from './Field.tsx'
import { graphql, type ResultOf } from './graphql.ts'
import { describeFailure, describeRefusal, rulesOf, usernameLetters } from './words.ts'

const login = graphql(`
  mutation Login($username: String!, $password: String!) {
    result: login(input: { username: $username, password: $password }) {
      __typename
      ... on Error {
        code
      }
      ... on TooManyAttemptsError {
        retryAfter
      }
    }
  }
`)

const register = graphql(`
  mutation Register($username: String!, $password: String!) {
    result: register(input: { username: $username, password: $password }) {
      __typename
      ... on Error {
        code
      }
      ... on InvalidInputError {
        fields {
          path
          code
          min
          max
        }
      }
      ... on TooManyAttemptsError {
        retryAfter
      }
    }
  }
`)

/** Signs a visitor in, with an account that they have or one that they make here. Their cart comes along. */
export function SignIn({ renew }: { renew: () => void }) {
  const [isNew, setNew] = useState(false)
  const [signedIn, signIn] = useMutation(login)
  const [registered, signUp] = useMutation(register)
  const { data, error, fetching } = isNew ? registered : signedIn
  const refusal = data && !isDone(data.result) ? data.result : null
  const rules = refusal ? rulesOf(refusal) : []

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const given = { username: String(form.get('username')), password: String(form.get('password')) }
    const answer = await (isNew ? signUp(given) : signIn(given))
    if (answer.data && isDone(answer.data.result)) renew()
  }

  return (
    <section aria-labelledby="sign-in">
      <h2 id="sign-in">{isNew ? 'New here' : 'Sign in'}</h2>
      <form onSubmit={submit}>
        <Field
          name="username"
          label="Name"
          hint={isNew ? `Only ${usernameLetters}` : undefined}
          autoComplete="username"
          rules={rules}
        />
        <Field
          name="password"
          label="Password"
          type="password"
          autoComplete={isNew ? 'new-password' : 'current-password'}
          rules={rules}
        />
        {refusal && rules.length === 0 && <p role="alert">{describeRefusal(refusal)}</p>}
        {error && <p role="alert">{describeFailure(error)}</p>}
        <p className="actions">
          <button disabled={fetching}>{isNew ? 'Make an account' : 'Sign in'}</button>
          <button type="button" className="quiet" onClick={() => setNew(!isNew)}>
            {isNew ? 'I have an account' : 'I am new here'}
          </button>
        </p>
      </form>
    </section>
  )
}

type Outcome = ResultOf<typeof login>['result'] | ResultOf<typeof register>['result']
type Done = Extract<Outcome, { __typename: 'LoginSuccess' | 'RegisterSuccess' }>

/** A refusal is anything else: a later release may add some that this page does not know. */
function isDone(outcome: Outcome): outcome is Done {
  return outcome.__typename === 'LoginSuccess' || outcome.__typename === 'RegisterSuccess'
}
