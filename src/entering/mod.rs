//! entering
