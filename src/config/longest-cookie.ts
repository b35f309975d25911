/** The longest that a browser keeps a cookie, in seconds: 400 days (RFC 6265bis). A longer session would outlive its cookie. */
export const longestCookieAge = 400 * 24 * 60 * 60
