-- 0000_streams
CREATE TABLE "stream" ( "name" varchar(120) NOT NULL PRIMARY KEY,
  "epoch" uuid_text NOT NULL,
  "head" integer NOT NULL,
  "moved_at" integer NOT NULL ) WITHOUT ROWID;
CREATE INDEX "stream_moved" ON "stream" ("moved_at");
CREATE TABLE "event" ( "stream" varchar(120) NOT NULL,
  "number" integer NOT NULL,
  "kind" varchar(60) NOT NULL,
  "at" integer NOT NULL,
  "cause" varchar(64) NULL,
  "body" text NOT NULL, PRIMARY KEY ("stream",
  "number") ) WITHOUT ROWID;

-- 0000_positions
CREATE TABLE "position" ( "consumer" varchar(60) NOT NULL,
  "stream" varchar(120) NOT NULL,
  "epoch" uuid_text NOT NULL,
  "number" integer NOT NULL, PRIMARY KEY ("stream",
  "consumer") ) WITHOUT ROWID;

-- 0000_jobs
CREATE TABLE "job" ( "id" uuid_text NOT NULL PRIMARY KEY,
  "kind" varchar(60) NOT NULL,
  "body" text NOT NULL,
  "state" varchar(10) NOT NULL,
  "due_at" integer NOT NULL,
  "attempts" integer NOT NULL,
  "cause" varchar(64) NULL,
  "reason" text NULL ) WITHOUT ROWID;
CREATE INDEX "job_due" ON "job" ("state",
  "due_at");

-- 0000_schedules
CREATE TABLE "schedule" ( "name" varchar(60) NOT NULL PRIMARY KEY,
  "due_at" integer NOT NULL ) WITHOUT ROWID;

-- 0000_outbox
CREATE TABLE "unsent" ( "stream" varchar(120) NOT NULL,
  "number" integer NOT NULL, PRIMARY KEY ("stream",
  "number") ) WITHOUT ROWID;

-- 0000_leases
CREATE TABLE "lease" ( "name" varchar(60) NOT NULL PRIMARY KEY,
  "holder" uuid_text NOT NULL,
  "until_at" integer NOT NULL ) WITHOUT ROWID;

-- 0001_persons_and_sessions
CREATE TABLE "person" ( "id" uuid_text NOT NULL PRIMARY KEY,
  "email" varchar(254) NOT NULL,
  "email_folded" varchar(254) NOT NULL UNIQUE,
  "password" varchar(255) NOT NULL,
  "created_at" integer NOT NULL ) WITHOUT ROWID;
CREATE TABLE "operator" ( "seat" integer NOT NULL PRIMARY KEY,
  "person" uuid_text NOT NULL ) WITHOUT ROWID;
CREATE TABLE "session" ( "id" uuid_text NOT NULL PRIMARY KEY,
  "person" uuid_text NOT NULL,
  "generation" integer NOT NULL,
  "rotated_at" integer NOT NULL,
  "answered_late" boolean NOT NULL,
  "answered_late_before" boolean NOT NULL,
  "revoked_at" integer NULL,
  "created_at" integer NOT NULL,
  "last_used_at" integer NOT NULL,
  "expires_at" integer NOT NULL,
  "user_agent" varchar(250) NOT NULL ) WITHOUT ROWID;
CREATE INDEX "session_of_person" ON "session" ("person");
CREATE INDEX "session_revoked" ON "session" ("revoked_at");

