import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// The page and the API have one origin, as in production: the cookie needs no setting. The short form of a proxy,
// a string, would change the host that the server sees, and a page that a phone opens by this machine's address would be refused.
const proxy = {
  '^/graphql(\\?|$)': {
    target: process.env.COATCHECK ?? 'http://127.0.0.1:4000',
    changeOrigin: false,
  },
}

export default defineConfig({
  plugins: [react()],
  server: { proxy },
  preview: { proxy },
})
