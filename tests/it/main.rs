//! Stories: what users are promised, told against the real parts.

/// The municipal web system that documents are entered into; it keeps its own count of what was entered.
#[path = "../../examples/portal/mod.rs"]
pub mod portal;

/// Forms whose field places a designer exported.
#[path = "../../examples/paper/mod.rs"]
mod sample_forms;

mod bad_inputs;
mod bad_scans;
mod by_api;
mod canary;
mod canary_targets;
mod crash_matrix;
mod documents_trace;
mod entering_acting;
mod entering_between;
mod entering_branches;
mod entering_claim;
mod entering_dialogs;
mod entering_downloads;
mod entering_editors;
mod entering_finding;
mod entering_gate;
mod entering_hostile;
mod entering_leaves;
mod entering_locators;
mod entering_misuse;
mod entering_pages;
mod entering_portal;
mod entering_sockets;
mod entering_submit;
mod entering_undeclared;
mod entering_waits;
mod entering_widgets;
mod entering_windows;
mod fault_batches;
mod format_flow;
mod format_folder;
mod format_mistakes;
mod format_records;
mod house;
mod night;
mod one_night;
mod operating;
mod paper;
mod portal_behaves;
mod reading_characters;
mod reading_cli;
mod reading_codes;
mod reading_files;
mod reading_letters;
mod reading_mutated;
mod reading_pages;
mod reading_recognises;
mod reading_registers;
mod reading_samples;
mod reading_second;
mod reading_sorts;
mod real_adminjs;
mod real_django;
mod real_roundup;
mod recording;
mod records;
mod savings_given;
mod savings_ledger;
mod savings_plans;
mod savings_report;
mod scan_files;
mod scenario_folder;
mod store_admin;
mod store_contract;
mod store_damage;
mod store_given;
mod store_power;
mod store_vault;
mod target_packs;
mod whole_batch;
