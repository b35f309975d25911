-- CreateIndex
CREATE INDEX "Session_ipAddress_createdAt_id_idx" ON "Session"("ipAddress", "createdAt", "id");

-- CreateIndex
CREATE INDEX "AuditEvent_sessionId_at_id_idx" ON "AuditEvent"("sessionId", "at", "id");
