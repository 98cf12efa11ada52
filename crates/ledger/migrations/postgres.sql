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

-- 0001_books
CREATE TABLE "book" ( "id" uuid NOT NULL PRIMARY KEY,
  "name" varchar(120) NOT NULL,
  "kind" varchar(10) NOT NULL,
  "base_currency" varchar(3) NOT NULL,
  "time_zone" varchar(60) NOT NULL,
  "first_day_of_week" bigint NOT NULL,
  "first_day_of_month" bigint NOT NULL,
  "fiscal_year_start_month" bigint NOT NULL,
  "created_by" uuid NOT NULL,
  "created_at" bigint NOT NULL,
  "version" bigint NOT NULL );
CREATE TABLE "member" ( "book" uuid NOT NULL,
  "person" uuid NOT NULL,
  "name" varchar(120) NOT NULL,
  "role" varchar(12) NOT NULL,
  "former" bool NOT NULL, PRIMARY KEY ("book",
  "person") );
CREATE INDEX "member_person" ON "member" ("person",
  "book");

-- 0002_places
CREATE TABLE "account" ( "book" uuid NOT NULL,
  "id" uuid NOT NULL,
  "name" varchar(120) NOT NULL,
  "kind" varchar(10) NOT NULL,
  "currency" varchar(3) NOT NULL,
  "holder" uuid NULL,
  "private" bool NOT NULL,
  "archived" bool NOT NULL,
  "position" bigint NOT NULL,
  "version" bigint NOT NULL, PRIMARY KEY ("book",
  "id") );
CREATE TABLE "category" ( "book" uuid NOT NULL,
  "id" uuid NOT NULL,
  "parent" uuid NULL,
  "name" varchar(120) NOT NULL,
  "kind" varchar(10) NOT NULL,
  "icon" varchar(60) NOT NULL,
  "archived" bool NOT NULL,
  "position" bigint NOT NULL,
  "version" bigint NOT NULL, PRIMARY KEY ("book",
  "id") );
CREATE TABLE "payee" ( "book" uuid NOT NULL,
  "id" uuid NOT NULL,
  "name" varchar(120) NOT NULL,
  "folded" varchar(500) NOT NULL,
  "default_category" uuid NULL,
  "merged_into" uuid NULL,
  "version" bigint NOT NULL, PRIMARY KEY ("book",
  "id") );
CREATE UNIQUE INDEX "payee_folded" ON "payee" ("book",
  "folded");

-- 0003_journal
CREATE TABLE "entry" ( "book" uuid NOT NULL,
  "id" uuid NOT NULL,
  "day" varchar(10) NOT NULL,
  "kind" varchar(10) NOT NULL,
  "status" varchar(10) NOT NULL,
  "title" varchar(120) NOT NULL,
  "title_phrase" uuid NULL,
  "payee" uuid NULL,
  "account" uuid NOT NULL,
  "currency" varchar(3) NOT NULL,
  "minor" bigint NOT NULL,
  "to_account" uuid NULL,
  "to_currency" varchar(3) NULL,
  "to_minor" bigint NULL,
  "lines" text NOT NULL,
  "note" text NOT NULL,
  "note_phrase" uuid NULL,
  "author" uuid NOT NULL,
  "import" uuid NULL,
  "created_at" bigint NOT NULL,
  "version" bigint NOT NULL, PRIMARY KEY ("book",
  "id") );
CREATE INDEX "entry_day" ON "entry" ("book",
  "day",
  "id",
  "kind",
  "currency",
  "minor");
CREATE TABLE "posting" ( "book" uuid NOT NULL,
  "place" uuid NOT NULL,
  "day" varchar(10) NOT NULL,
  "entry" uuid NOT NULL,
  "currency" varchar(3) NOT NULL,
  "minor" bigint NOT NULL,
  "pending" bool NOT NULL, PRIMARY KEY ("book",
  "place",
  "day",
  "entry") );
CREATE TABLE "register" ( "book" uuid NOT NULL,
  "subject" uuid NOT NULL,
  "day" varchar(10) NOT NULL,
  "entry" uuid NOT NULL, PRIMARY KEY ("book",
  "subject",
  "day",
  "entry") );
CREATE TABLE "account_sum" ( "book" uuid NOT NULL,
  "account" uuid NOT NULL,
  "unit" varchar(1) NOT NULL,
  "first" varchar(10) NOT NULL,
  "booked" bigint NOT NULL,
  "pending" bigint NOT NULL, PRIMARY KEY ("book",
  "account",
  "unit",
  "first") );
CREATE TABLE "phrase" ( "book" uuid NOT NULL,
  "id" uuid NOT NULL,
  "is_title" bool NOT NULL,
  "folded" text NOT NULL,
  "uses" bigint NOT NULL, PRIMARY KEY ("book",
  "id") );

-- 0004_changes
CREATE TABLE "change" ( "book" uuid NOT NULL,
  "id" uuid NOT NULL,
  "number" bigint NOT NULL,
  "author" uuid NOT NULL,
  "what" varchar(40) NOT NULL,
  "fingerprint" varchar(64) NOT NULL,
  "at" bigint NOT NULL,
  "outcome" text NOT NULL, PRIMARY KEY ("book",
  "id") );
CREATE TABLE "version" ( "book" uuid NOT NULL,
  "entry" uuid NOT NULL,
  "version" bigint NOT NULL,
  "change" uuid NOT NULL,
  "kind" varchar(10) NOT NULL,
  "author" uuid NOT NULL,
  "at" bigint NOT NULL,
  "body" text NULL, PRIMARY KEY ("book",
  "entry",
  "version") );
CREATE INDEX "version_change" ON "version" ("book",
  "change",
  "entry");

-- 0005_imports
CREATE TABLE "import" ( "book" uuid NOT NULL,
  "id" uuid NOT NULL,
  "account" uuid NOT NULL,
  "name" varchar(200) NOT NULL,
  "bytes" bigint NOT NULL,
  "author" uuid NOT NULL,
  "actor" uuid NOT NULL,
  "state" varchar(12) NOT NULL,
  "reading" bigint NOT NULL,
  "overrides" text NOT NULL,
  "found" text NOT NULL,
  "done" bigint NOT NULL,
  "total" bigint NOT NULL,
  "number" bigint NULL,
  "changes" text NOT NULL,
  "conflicts" text NOT NULL,
  "error" text NULL,
  "created_at" bigint NOT NULL, PRIMARY KEY ("book",
  "id") );
CREATE TABLE "import_row" ( "book" uuid NOT NULL,
  "import" uuid NOT NULL,
  "row" bigint NOT NULL,
  "line" bigint NOT NULL,
  "day" varchar(10) NULL,
  "currency" varchar(3) NULL,
  "minor" bigint NULL,
  "payee" varchar(120) NOT NULL,
  "note" text NOT NULL,
  "raw" text NOT NULL,
  "status" varchar(10) NOT NULL,
  "waits" bool NOT NULL,
  "problem" text NULL,
  "like_entry" uuid NULL,
  "decision" varchar(6) NULL,
  "category" uuid NULL,
  "recorded" bool NOT NULL, PRIMARY KEY ("book",
  "import",
  "row") );

