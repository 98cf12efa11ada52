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

-- 0001_books
CREATE TABLE "book" ( "id" uuid_text NOT NULL PRIMARY KEY,
  "name" varchar(120) NOT NULL,
  "kind" varchar(10) NOT NULL,
  "base_currency" varchar(3) NOT NULL,
  "time_zone" varchar(60) NOT NULL,
  "first_day_of_week" integer NOT NULL,
  "first_day_of_month" integer NOT NULL,
  "fiscal_year_start_month" integer NOT NULL,
  "created_by" uuid_text NOT NULL,
  "created_at" integer NOT NULL,
  "version" integer NOT NULL ) WITHOUT ROWID;
CREATE TABLE "member" ( "book" uuid_text NOT NULL,
  "person" uuid_text NOT NULL,
  "name" varchar(120) NOT NULL,
  "role" varchar(12) NOT NULL,
  "former" boolean NOT NULL, PRIMARY KEY ("book",
  "person") ) WITHOUT ROWID;
CREATE INDEX "member_person" ON "member" ("person",
  "book");

-- 0002_places
CREATE TABLE "account" ( "book" uuid_text NOT NULL,
  "id" uuid_text NOT NULL,
  "name" varchar(120) NOT NULL,
  "kind" varchar(10) NOT NULL,
  "currency" varchar(3) NOT NULL,
  "holder" uuid_text NULL,
  "private" boolean NOT NULL,
  "archived" boolean NOT NULL,
  "position" integer NOT NULL,
  "version" integer NOT NULL, PRIMARY KEY ("book",
  "id") ) WITHOUT ROWID;
CREATE TABLE "category" ( "book" uuid_text NOT NULL,
  "id" uuid_text NOT NULL,
  "parent" uuid_text NULL,
  "name" varchar(120) NOT NULL,
  "kind" varchar(10) NOT NULL,
  "icon" varchar(60) NOT NULL,
  "archived" boolean NOT NULL,
  "position" integer NOT NULL,
  "version" integer NOT NULL, PRIMARY KEY ("book",
  "id") ) WITHOUT ROWID;
CREATE TABLE "payee" ( "book" uuid_text NOT NULL,
  "id" uuid_text NOT NULL,
  "name" varchar(120) NOT NULL,
  "folded" varchar(500) NOT NULL,
  "default_category" uuid_text NULL,
  "merged_into" uuid_text NULL,
  "version" integer NOT NULL, PRIMARY KEY ("book",
  "id") ) WITHOUT ROWID;
CREATE UNIQUE INDEX "payee_folded" ON "payee" ("book",
  "folded");

-- 0003_journal
CREATE TABLE "entry" ( "book" uuid_text NOT NULL,
  "id" uuid_text NOT NULL,
  "day" varchar(10) NOT NULL,
  "kind" varchar(10) NOT NULL,
  "status" varchar(10) NOT NULL,
  "title" varchar(120) NOT NULL,
  "title_phrase" uuid_text NULL,
  "payee" uuid_text NULL,
  "account" uuid_text NOT NULL,
  "currency" varchar(3) NOT NULL,
  "minor" integer NOT NULL,
  "to_account" uuid_text NULL,
  "to_currency" varchar(3) NULL,
  "to_minor" integer NULL,
  "lines" text NOT NULL,
  "note" text NOT NULL,
  "note_phrase" uuid_text NULL,
  "author" uuid_text NOT NULL,
  "import" uuid_text NULL,
  "created_at" integer NOT NULL,
  "version" integer NOT NULL, PRIMARY KEY ("book",
  "id") ) WITHOUT ROWID;
CREATE INDEX "entry_day" ON "entry" ("book",
  "day",
  "id",
  "kind",
  "currency",
  "minor");
CREATE TABLE "posting" ( "book" uuid_text NOT NULL,
  "place" uuid_text NOT NULL,
  "day" varchar(10) NOT NULL,
  "entry" uuid_text NOT NULL,
  "currency" varchar(3) NOT NULL,
  "minor" integer NOT NULL,
  "pending" boolean NOT NULL, PRIMARY KEY ("book",
  "place",
  "day",
  "entry") ) WITHOUT ROWID;
CREATE TABLE "register" ( "book" uuid_text NOT NULL,
  "subject" uuid_text NOT NULL,
  "day" varchar(10) NOT NULL,
  "entry" uuid_text NOT NULL, PRIMARY KEY ("book",
  "subject",
  "day",
  "entry") ) WITHOUT ROWID;
CREATE TABLE "account_sum" ( "book" uuid_text NOT NULL,
  "account" uuid_text NOT NULL,
  "unit" varchar(1) NOT NULL,
  "first" varchar(10) NOT NULL,
  "booked" integer NOT NULL,
  "pending" integer NOT NULL, PRIMARY KEY ("book",
  "account",
  "unit",
  "first") ) WITHOUT ROWID;
CREATE TABLE "phrase" ( "book" uuid_text NOT NULL,
  "id" uuid_text NOT NULL,
  "is_title" boolean NOT NULL,
  "folded" text NOT NULL,
  "uses" integer NOT NULL, PRIMARY KEY ("book",
  "id") ) WITHOUT ROWID;

-- 0004_changes
CREATE TABLE "change" ( "book" uuid_text NOT NULL,
  "id" uuid_text NOT NULL,
  "number" integer NOT NULL,
  "author" uuid_text NOT NULL,
  "what" varchar(40) NOT NULL,
  "fingerprint" varchar(64) NOT NULL,
  "at" integer NOT NULL,
  "outcome" text NOT NULL, PRIMARY KEY ("book",
  "id") ) WITHOUT ROWID;
CREATE TABLE "version" ( "book" uuid_text NOT NULL,
  "entry" uuid_text NOT NULL,
  "version" integer NOT NULL,
  "change" uuid_text NOT NULL,
  "kind" varchar(10) NOT NULL,
  "author" uuid_text NOT NULL,
  "at" integer NOT NULL,
  "body" text NULL, PRIMARY KEY ("book",
  "entry",
  "version") ) WITHOUT ROWID;
CREATE INDEX "version_change" ON "version" ("book",
  "change",
  "entry");

-- 0005_imports
CREATE TABLE "import" ( "book" uuid_text NOT NULL,
  "id" uuid_text NOT NULL,
  "account" uuid_text NOT NULL,
  "name" varchar(200) NOT NULL,
  "bytes" integer NOT NULL,
  "author" uuid_text NOT NULL,
  "actor" uuid_text NOT NULL,
  "state" varchar(12) NOT NULL,
  "reading" integer NOT NULL,
  "overrides" text NOT NULL,
  "found" text NOT NULL,
  "done" integer NOT NULL,
  "total" integer NOT NULL,
  "number" integer NULL,
  "changes" text NOT NULL,
  "conflicts" text NOT NULL,
  "error" text NULL,
  "created_at" integer NOT NULL, PRIMARY KEY ("book",
  "id") ) WITHOUT ROWID;
CREATE TABLE "import_row" ( "book" uuid_text NOT NULL,
  "import" uuid_text NOT NULL,
  "row" integer NOT NULL,
  "line" integer NOT NULL,
  "day" varchar(10) NULL,
  "currency" varchar(3) NULL,
  "minor" integer NULL,
  "payee" varchar(120) NOT NULL,
  "note" text NOT NULL,
  "raw" text NOT NULL,
  "status" varchar(10) NOT NULL,
  "waits" boolean NOT NULL,
  "problem" text NULL,
  "like_entry" uuid_text NULL,
  "decision" varchar(6) NULL,
  "category" uuid_text NULL,
  "recorded" boolean NOT NULL, PRIMARY KEY ("book",
  "import",
  "row") ) WITHOUT ROWID;

