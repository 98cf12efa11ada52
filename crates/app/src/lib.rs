//! The program: its configuration, the one list of services, and what each command does.

pub mod asyncapi;
pub mod backends;
pub mod backup;
pub mod cli;
pub mod commands;
pub mod config;
pub mod document;
pub mod edge;
pub mod environment;
pub mod serve;
pub mod services;
pub mod shape;
