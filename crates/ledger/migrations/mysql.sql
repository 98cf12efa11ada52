-- 0000_streams
CREATE TABLE `stream` ( `name` varchar(120) NOT NULL PRIMARY KEY,
  `epoch` binary(16) NOT NULL,
  `head` bigint NOT NULL,
  `moved_at` bigint NOT NULL ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX `stream_moved` ON `stream` (`moved_at`);
CREATE TABLE `event` ( `stream` varchar(120) NOT NULL,
  `number` bigint NOT NULL,
  `kind` varchar(60) NOT NULL,
  `at` bigint NOT NULL,
  `cause` varchar(64) NULL,
  `body` longtext NOT NULL, PRIMARY KEY (`stream`,
  `number`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- 0000_positions
CREATE TABLE `position` ( `consumer` varchar(60) NOT NULL,
  `stream` varchar(120) NOT NULL,
  `epoch` binary(16) NOT NULL,
  `number` bigint NOT NULL, PRIMARY KEY (`stream`,
  `consumer`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- 0000_jobs
CREATE TABLE `job` ( `id` binary(16) NOT NULL PRIMARY KEY,
  `kind` varchar(60) NOT NULL,
  `body` longtext NOT NULL,
  `state` varchar(10) NOT NULL,
  `due_at` bigint NOT NULL,
  `attempts` bigint NOT NULL,
  `cause` varchar(64) NULL,
  `reason` longtext NULL ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX `job_due` ON `job` (`state`,
  `due_at`);

-- 0000_schedules
CREATE TABLE `schedule` ( `name` varchar(60) NOT NULL PRIMARY KEY,
  `due_at` bigint NOT NULL ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- 0000_outbox
CREATE TABLE `unsent` ( `stream` varchar(120) NOT NULL,
  `number` bigint NOT NULL, PRIMARY KEY (`stream`,
  `number`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- 0000_leases
CREATE TABLE `lease` ( `name` varchar(60) NOT NULL PRIMARY KEY,
  `holder` binary(16) NOT NULL,
  `until_at` bigint NOT NULL ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- 0001_books
CREATE TABLE `book` ( `id` binary(16) NOT NULL PRIMARY KEY,
  `name` varchar(120) NOT NULL,
  `kind` varchar(10) NOT NULL,
  `base_currency` varchar(3) NOT NULL,
  `time_zone` varchar(60) NOT NULL,
  `first_day_of_week` bigint NOT NULL,
  `first_day_of_month` bigint NOT NULL,
  `fiscal_year_start_month` bigint NOT NULL,
  `created_by` binary(16) NOT NULL,
  `created_at` bigint NOT NULL,
  `version` bigint NOT NULL ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE `member` ( `book` binary(16) NOT NULL,
  `person` binary(16) NOT NULL,
  `name` varchar(120) NOT NULL,
  `role` varchar(12) NOT NULL,
  `former` bool NOT NULL, PRIMARY KEY (`book`,
  `person`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX `member_person` ON `member` (`person`,
  `book`);

-- 0002_places
CREATE TABLE `account` ( `book` binary(16) NOT NULL,
  `id` binary(16) NOT NULL,
  `name` varchar(120) NOT NULL,
  `kind` varchar(10) NOT NULL,
  `currency` varchar(3) NOT NULL,
  `holder` binary(16) NULL,
  `private` bool NOT NULL,
  `archived` bool NOT NULL,
  `position` bigint NOT NULL,
  `version` bigint NOT NULL, PRIMARY KEY (`book`,
  `id`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE `category` ( `book` binary(16) NOT NULL,
  `id` binary(16) NOT NULL,
  `parent` binary(16) NULL,
  `name` varchar(120) NOT NULL,
  `kind` varchar(10) NOT NULL,
  `icon` varchar(60) NOT NULL,
  `archived` bool NOT NULL,
  `position` bigint NOT NULL,
  `version` bigint NOT NULL, PRIMARY KEY (`book`,
  `id`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE `payee` ( `book` binary(16) NOT NULL,
  `id` binary(16) NOT NULL,
  `name` varchar(120) NOT NULL,
  `folded` varchar(500) NOT NULL,
  `default_category` binary(16) NULL,
  `merged_into` binary(16) NULL,
  `version` bigint NOT NULL, PRIMARY KEY (`book`,
  `id`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX `payee_folded` ON `payee` (`book`,
  `folded`);

-- 0003_journal
CREATE TABLE `entry` ( `book` binary(16) NOT NULL,
  `id` binary(16) NOT NULL,
  `day` varchar(10) NOT NULL,
  `kind` varchar(10) NOT NULL,
  `status` varchar(10) NOT NULL,
  `title` varchar(120) NOT NULL,
  `title_phrase` binary(16) NULL,
  `payee` binary(16) NULL,
  `account` binary(16) NOT NULL,
  `currency` varchar(3) NOT NULL,
  `minor` bigint NOT NULL,
  `to_account` binary(16) NULL,
  `to_currency` varchar(3) NULL,
  `to_minor` bigint NULL,
  `lines` longtext NOT NULL,
  `note` longtext NOT NULL,
  `note_phrase` binary(16) NULL,
  `author` binary(16) NOT NULL,
  `import` binary(16) NULL,
  `created_at` bigint NOT NULL,
  `version` bigint NOT NULL, PRIMARY KEY (`book`,
  `id`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX `entry_day` ON `entry` (`book`,
  `day`,
  `id`,
  `kind`,
  `currency`,
  `minor`);
CREATE TABLE `posting` ( `book` binary(16) NOT NULL,
  `place` binary(16) NOT NULL,
  `day` varchar(10) NOT NULL,
  `entry` binary(16) NOT NULL,
  `currency` varchar(3) NOT NULL,
  `minor` bigint NOT NULL,
  `pending` bool NOT NULL, PRIMARY KEY (`book`,
  `place`,
  `day`,
  `entry`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE `register` ( `book` binary(16) NOT NULL,
  `subject` binary(16) NOT NULL,
  `day` varchar(10) NOT NULL,
  `entry` binary(16) NOT NULL, PRIMARY KEY (`book`,
  `subject`,
  `day`,
  `entry`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE `account_sum` ( `book` binary(16) NOT NULL,
  `account` binary(16) NOT NULL,
  `unit` varchar(1) NOT NULL,
  `first` varchar(10) NOT NULL,
  `booked` bigint NOT NULL,
  `pending` bigint NOT NULL, PRIMARY KEY (`book`,
  `account`,
  `unit`,
  `first`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE `phrase` ( `book` binary(16) NOT NULL,
  `id` binary(16) NOT NULL,
  `is_title` bool NOT NULL,
  `folded` longtext NOT NULL,
  `uses` bigint NOT NULL, PRIMARY KEY (`book`,
  `id`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- 0004_changes
CREATE TABLE `change` ( `book` binary(16) NOT NULL,
  `id` binary(16) NOT NULL,
  `number` bigint NOT NULL,
  `author` binary(16) NOT NULL,
  `what` varchar(40) NOT NULL,
  `fingerprint` varchar(64) NOT NULL,
  `at` bigint NOT NULL,
  `outcome` longtext NOT NULL, PRIMARY KEY (`book`,
  `id`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE `version` ( `book` binary(16) NOT NULL,
  `entry` binary(16) NOT NULL,
  `version` bigint NOT NULL,
  `change` binary(16) NOT NULL,
  `kind` varchar(10) NOT NULL,
  `author` binary(16) NOT NULL,
  `at` bigint NOT NULL,
  `body` longtext NULL, PRIMARY KEY (`book`,
  `entry`,
  `version`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX `version_change` ON `version` (`book`,
  `change`,
  `entry`);

-- 0005_imports
CREATE TABLE `import` ( `book` binary(16) NOT NULL,
  `id` binary(16) NOT NULL,
  `account` binary(16) NOT NULL,
  `name` varchar(200) NOT NULL,
  `bytes` bigint NOT NULL,
  `author` binary(16) NOT NULL,
  `actor` binary(16) NOT NULL,
  `state` varchar(12) NOT NULL,
  `reading` bigint NOT NULL,
  `overrides` longtext NOT NULL,
  `found` longtext NOT NULL,
  `done` bigint NOT NULL,
  `total` bigint NOT NULL,
  `number` bigint NULL,
  `changes` longtext NOT NULL,
  `conflicts` longtext NOT NULL,
  `error` longtext NULL,
  `created_at` bigint NOT NULL, PRIMARY KEY (`book`,
  `id`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE `import_row` ( `book` binary(16) NOT NULL,
  `import` binary(16) NOT NULL,
  `row` bigint NOT NULL,
  `line` bigint NOT NULL,
  `day` varchar(10) NULL,
  `currency` varchar(3) NULL,
  `minor` bigint NULL,
  `payee` varchar(120) NOT NULL,
  `note` longtext NOT NULL,
  `raw` longtext NOT NULL,
  `status` varchar(10) NOT NULL,
  `waits` bool NOT NULL,
  `problem` longtext NULL,
  `like_entry` binary(16) NULL,
  `decision` varchar(6) NULL,
  `category` binary(16) NULL,
  `recorded` bool NOT NULL, PRIMARY KEY (`book`,
  `import`,
  `row`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

