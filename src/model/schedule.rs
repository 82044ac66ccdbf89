//! When a scenario fires by itself.

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

/// A five-field crontab line in Asia/Tokyo with what happens around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// As written: minute hour day month weekday, POSIX weekdays (0 and 7 are Sunday).
    pub cron: String,
    pub office_days_only: bool,
    pub overlap: Overlap,
    pub missed: Missed,
    pub window: Option<Window>,
}

/// A firing while the one before still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    Skip,
    Queue,
}

/// Firings that fell into a time when the daemon was off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    Skip,
    Once,
    All,
}

/// No submit starts outside it. May reach over midnight; it then belongs to the day on which it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub from: NaiveTime,
    pub until: NaiveTime,
}
