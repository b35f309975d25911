-- CreateIndex
CREATE INDEX "Session_userAgent_idx" ON "Session"("userAgent");
