//! A browser that runs programs inside pages.
