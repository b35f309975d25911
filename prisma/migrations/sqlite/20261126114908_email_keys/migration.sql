-- AlterTable
ALTER TABLE "User" ADD COLUMN "emailKey" TEXT;

-- The oldest account with an address holds it. Only A to Z have the same lower case in every database: other addresses
-- are claimed by the server, when it starts with the `email` backend.
WITH "ranked" AS (
  SELECT "id", row_number() OVER (PARTITION BY lower(trim("email")) ORDER BY "dateJoined", "id") AS "place"
  FROM "User" WHERE "email" IS NOT NULL AND "email" NOT GLOB '*[^ -~]*'
)
UPDATE "User" SET "emailKey" = lower(trim("email"))
WHERE "id" IN (SELECT "id" FROM "ranked" WHERE "place" = 1);

-- CreateIndex
CREATE UNIQUE INDEX "User_emailKey_key" ON "User"("emailKey");
