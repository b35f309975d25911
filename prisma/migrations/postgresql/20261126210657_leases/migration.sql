-- CreateTable
CREATE TABLE "Lease" (
    "name" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "beat" INTEGER NOT NULL,

    CONSTRAINT "Lease_pkey" PRIMARY KEY ("name")
);
