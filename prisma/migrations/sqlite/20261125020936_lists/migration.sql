-- CreateIndex
CREATE INDEX "User_dateJoined_id_idx" ON "User"("dateJoined", "id");

-- CreateIndex
CREATE INDEX "AuditEvent_actorId_at_id_idx" ON "AuditEvent"("actorId", "at", "id");
