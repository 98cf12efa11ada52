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

-- 0001_facts
CREATE TABLE "book" ( "book" uuid NOT NULL PRIMARY KEY,
  "name" varchar(200) NOT NULL,
  "base_currency" varchar(3) NOT NULL,
  "time_zone" varchar(60) NOT NULL,
  "first_day_of_week" bigint NOT NULL,
  "first_day_of_month" bigint NOT NULL,
  "fiscal_year_start_month" bigint NOT NULL );
CREATE TABLE "member" ( "book" uuid NOT NULL,
  "person" uuid NOT NULL,
  "name" varchar(200) NOT NULL,
  "role" varchar(20) NOT NULL,
  "former" bool NOT NULL, PRIMARY KEY ("book",
  "person") );
CREATE TABLE "account" ( "book" uuid NOT NULL,
  "account" uuid NOT NULL,
  "name" varchar(200) NOT NULL,
  "currency" varchar(3) NOT NULL,
  "holder" uuid NULL,
  "private" bool NOT NULL,
  "archived" bool NOT NULL, PRIMARY KEY ("book",
  "account") );
CREATE TABLE "category" ( "book" uuid NOT NULL,
  "category" uuid NOT NULL,
  "parent" uuid NULL,
  "name" varchar(200) NOT NULL,
  "archived" bool NOT NULL, PRIMARY KEY ("book",
  "category") );
CREATE TABLE "payee" ( "book" uuid NOT NULL,
  "payee" uuid NOT NULL,
  "name" varchar(200) NOT NULL,
  "merged_into" uuid NULL,
  "counts_as" uuid NOT NULL, PRIMARY KEY ("book",
  "payee") );
CREATE INDEX "payee_counts_as" ON "payee" ("book",
  "counts_as");

-- 0002_totals
CREATE TABLE "total" ( "book" uuid NOT NULL,
  "grain" varchar(5) NOT NULL,
  "split" varchar(13) NOT NULL,
  "place" uuid NOT NULL,
  "starts" varchar(10) NOT NULL,
  "author" uuid NOT NULL,
  "item" uuid NOT NULL,
  "currency" varchar(3) NOT NULL,
  "spent" bigint NOT NULL,
  "income" bigint NOT NULL,
  "spent_count" bigint NOT NULL,
  "income_count" bigint NOT NULL,
  "spent_pending" bigint NOT NULL,
  "income_pending" bigint NOT NULL, PRIMARY KEY ("book",
  "grain",
  "split",
  "place",
  "starts",
  "author",
  "item",
  "currency") );

