//! Pictures as evidence, masked before they are taken: a picture that could show a person's data is not taken at all.

use std::time::Duration;

use super::Job;
use super::error::EnterError;
use super::program::{PAGE, Request};
use crate::ports::browser::{Picture, Session};

/// A picture that takes longer is not worth waiting for.
const LIMIT: Duration = Duration::from_secs(10);

/// The page as it stands, every text and control covered but what the target declares as not personal. `None` if the
/// browser cannot, or if covering could not be verified: a missing picture stops no document.
pub async fn picture(session: &mut dyn Session, job: &Job<'_>) -> Option<Picture> {
    match masked(session, job).await {
        Ok(picture) => picture,
        Err(error) => {
            tracing::info!(%error, "no picture was taken");
            None
        }
    }
}

async fn masked(session: &mut dyn Session, job: &Job<'_>) -> Result<Option<Picture>, EnterError> {
    let mask = Request::Mask { show: &job.target.show }.to_value()?;
    let masked = session.run(PAGE, &mask, LIMIT, &|| ()).await?;
    if masked.answer != Some(true.into()) {
        return Ok(None);
    }
    Ok(Some(session.picture(LIMIT).await?))
}

impl EnterError {
    /// The same error with a picture of where it happened.
    pub(super) async fn pictured(mut self, session: &mut dyn Session, job: &Job<'_>) -> Self {
        if self.picture.is_none() {
            self.picture = picture(session, job).await;
        }
        self
    }
}
