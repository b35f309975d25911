-- CreateIndex: an operator of a large table may have built it before, without a lock (docs/operate.md).
CREATE INDEX IF NOT EXISTS "Session_lastSeenAt_idx" ON "Session"("lastSeenAt");
