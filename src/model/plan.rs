//! 計画: measures, indicators, targets, ratings.

use serde::{Deserialize, Serialize};

/// 評語
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Rating {
    #[serde(rename = "達成+")]
    Exceeded,
    #[serde(rename = "達成")]
    Met,
    #[serde(rename = "未達成")]
    NotMet,
}
