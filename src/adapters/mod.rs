//! Each file tames one foreign library or system behind a port.

pub mod appending;
pub mod chrome;
pub mod clock;
pub mod data_folder;
pub mod hot_folder;
pub mod http;
pub mod japanese_font;
pub mod journal;
pub mod journal_store;
pub mod memory_store;
pub mod reader_process;
pub mod second_reader;
pub mod secret_files;
pub mod sled_index;
pub mod store_admin;
pub mod store_fault;
pub mod vault;
pub mod version_folder;
