-- 0000_streams
CREATE TABLE "stream" ( "name" varchar(120) NOT NULL PRIMARY KEY,
  "epoch" uuid NOT NULL,
  "head" bigint NOT NULL,
  "moved_at" bigint NOT NULL );
CREATE INDEX "stream_moved" ON "stream" ("moved_at");
CREATE TABLE "event" ( "stream" varchar(120) NOT NULL,
  "number" bigint NOT NULL,
  "kind" varchar(60) NOT NULL,
  "at" bigint NOT NULL,
  "cause" varchar(64) NULL,
  "body" text NOT NULL, PRIMARY KEY ("stream",
  "number") );

-- 0000_positions
CREATE TABLE "position" ( "consumer" varchar(60) NOT NULL,
  "stream" varchar(120) NOT NULL,
  "epoch" uuid NOT NULL,
  "number" bigint NOT NULL, PRIMARY KEY ("stream",
  "consumer") );

-- 0000_jobs
CREATE TABLE "job" ( "id" uuid NOT NULL PRIMARY KEY,
  "kind" varchar(60) NOT NULL,
  "body" text NOT NULL,
  "state" varchar(10) NOT NULL,
  "due_at" bigint NOT NULL,
  "attempts" bigint NOT NULL,
  "cause" varchar(64) NULL,
  "reason" text NULL );
CREATE INDEX "job_due" ON "job" ("state",
  "due_at");

-- 0000_schedules
CREATE TABLE "schedule" ( "name" varchar(60) NOT NULL PRIMARY KEY,
  "due_at" bigint NOT NULL );

-- 0000_outbox
CREATE TABLE "unsent" ( "stream" varchar(120) NOT NULL,
  "number" bigint NOT NULL, PRIMARY KEY ("stream",
  "number") );

-- 0000_leases
CREATE TABLE "lease" ( "name" varchar(60) NOT NULL PRIMARY KEY,
  "holder" uuid NOT NULL,
  "until_at" bigint NOT NULL );

-- 0001_profiles
CREATE TABLE "profile" ( "person" uuid NOT NULL PRIMARY KEY,
  "name" varchar(120) NOT NULL,
  "language" varchar(8) NOT NULL,
  "locale" varchar(60) NOT NULL,
  "time_zone" varchar(64) NOT NULL,
  "theme" varchar(8) NOT NULL,
  "hide_amounts" bool NOT NULL,
  "single_keys" bool NOT NULL,
  "dashboard" text NOT NULL,
  "version" bigint NOT NULL );

