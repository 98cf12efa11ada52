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

-- 0001_facts
CREATE TABLE `book` ( `book` binary(16) NOT NULL PRIMARY KEY,
  `name` varchar(200) NOT NULL,
  `base_currency` varchar(3) NOT NULL,
  `time_zone` varchar(60) NOT NULL,
  `first_day_of_week` bigint NOT NULL,
  `first_day_of_month` bigint NOT NULL,
  `fiscal_year_start_month` bigint NOT NULL ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE `member` ( `book` binary(16) NOT NULL,
  `person` binary(16) NOT NULL,
  `name` varchar(200) NOT NULL,
  `role` varchar(20) NOT NULL,
  `former` bool NOT NULL, PRIMARY KEY (`book`,
  `person`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE `account` ( `book` binary(16) NOT NULL,
  `account` binary(16) NOT NULL,
  `name` varchar(200) NOT NULL,
  `currency` varchar(3) NOT NULL,
  `holder` binary(16) NULL,
  `private` bool NOT NULL,
  `archived` bool NOT NULL, PRIMARY KEY (`book`,
  `account`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE `category` ( `book` binary(16) NOT NULL,
  `category` binary(16) NOT NULL,
  `parent` binary(16) NULL,
  `name` varchar(200) NOT NULL,
  `archived` bool NOT NULL, PRIMARY KEY (`book`,
  `category`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE `payee` ( `book` binary(16) NOT NULL,
  `payee` binary(16) NOT NULL,
  `name` varchar(200) NOT NULL,
  `merged_into` binary(16) NULL,
  `counts_as` binary(16) NOT NULL, PRIMARY KEY (`book`,
  `payee`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX `payee_counts_as` ON `payee` (`book`,
  `counts_as`);

-- 0002_totals
CREATE TABLE `total` ( `book` binary(16) NOT NULL,
  `grain` varchar(5) NOT NULL,
  `split` varchar(13) NOT NULL,
  `place` binary(16) NOT NULL,
  `starts` varchar(10) NOT NULL,
  `author` binary(16) NOT NULL,
  `item` binary(16) NOT NULL,
  `currency` varchar(3) NOT NULL,
  `spent` bigint NOT NULL,
  `income` bigint NOT NULL,
  `spent_count` bigint NOT NULL,
  `income_count` bigint NOT NULL,
  `spent_pending` bigint NOT NULL,
  `income_pending` bigint NOT NULL, PRIMARY KEY (`book`,
  `grain`,
  `split`,
  `place`,
  `starts`,
  `author`,
  `item`,
  `currency`) ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

