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

-- 0001_facts
CREATE TABLE "book" ( "book" uuid_text NOT NULL PRIMARY KEY,
  "name" varchar(200) NOT NULL,
  "base_currency" varchar(3) NOT NULL,
  "time_zone" varchar(60) NOT NULL,
  "first_day_of_week" integer NOT NULL,
  "first_day_of_month" integer NOT NULL,
  "fiscal_year_start_month" integer NOT NULL ) WITHOUT ROWID;
CREATE TABLE "member" ( "book" uuid_text NOT NULL,
  "person" uuid_text NOT NULL,
  "name" varchar(200) NOT NULL,
  "role" varchar(20) NOT NULL,
  "former" boolean NOT NULL, PRIMARY KEY ("book",
  "person") ) WITHOUT ROWID;
CREATE TABLE "account" ( "book" uuid_text NOT NULL,
  "account" uuid_text NOT NULL,
  "name" varchar(200) NOT NULL,
  "currency" varchar(3) NOT NULL,
  "holder" uuid_text NULL,
  "private" boolean NOT NULL,
  "archived" boolean NOT NULL, PRIMARY KEY ("book",
  "account") ) WITHOUT ROWID;
CREATE TABLE "category" ( "book" uuid_text NOT NULL,
  "category" uuid_text NOT NULL,
  "parent" uuid_text NULL,
  "name" varchar(200) NOT NULL,
  "archived" boolean NOT NULL, PRIMARY KEY ("book",
  "category") ) WITHOUT ROWID;
CREATE TABLE "payee" ( "book" uuid_text NOT NULL,
  "payee" uuid_text NOT NULL,
  "name" varchar(200) NOT NULL,
  "merged_into" uuid_text NULL,
  "counts_as" uuid_text NOT NULL, PRIMARY KEY ("book",
  "payee") ) WITHOUT ROWID;
CREATE INDEX "payee_counts_as" ON "payee" ("book",
  "counts_as");

-- 0002_totals
CREATE TABLE "total" ( "book" uuid_text NOT NULL,
  "grain" varchar(5) NOT NULL,
  "split" varchar(13) NOT NULL,
  "place" uuid_text NOT NULL,
  "starts" varchar(10) NOT NULL,
  "author" uuid_text NOT NULL,
  "item" uuid_text NOT NULL,
  "currency" varchar(3) NOT NULL,
  "spent" integer NOT NULL,
  "income" integer NOT NULL,
  "spent_count" integer NOT NULL,
  "income_count" integer NOT NULL,
  "spent_pending" integer NOT NULL,
  "income_pending" integer NOT NULL, PRIMARY KEY ("book",
  "grain",
  "split",
  "place",
  "starts",
  "author",
  "item",
  "currency") ) WITHOUT ROWID;

