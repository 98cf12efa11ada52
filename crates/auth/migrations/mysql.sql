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

-- 0001_persons_and_sessions
CREATE TABLE `person` ( `id` binary(16) NOT NULL PRIMARY KEY,
  `email` varchar(254) NOT NULL,
  `email_folded` varchar(254) NOT NULL UNIQUE,
  `password` varchar(255) NOT NULL,
  `created_at` bigint NOT NULL ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE `operator` ( `seat` bigint NOT NULL PRIMARY KEY,
  `person` binary(16) NOT NULL ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE `session` ( `id` binary(16) NOT NULL PRIMARY KEY,
  `person` binary(16) NOT NULL,
  `generation` bigint NOT NULL,
  `rotated_at` bigint NOT NULL,
  `answered_late` bool NOT NULL,
  `answered_late_before` bool NOT NULL,
  `revoked_at` bigint NULL,
  `created_at` bigint NOT NULL,
  `last_used_at` bigint NOT NULL,
  `expires_at` bigint NOT NULL,
  `user_agent` varchar(250) NOT NULL ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX `session_of_person` ON `session` (`person`);
CREATE INDEX `session_revoked` ON `session` (`revoked_at`);

