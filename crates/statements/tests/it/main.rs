//! The reader against files: as banks write them, generated, and damaged.

mod banks;
mod golden;
mod overrides;
mod properties;
mod truth;
