//! Reading without paper: a file that holds the values themselves.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jitan::message;
use jitan::model::id::FieldName;
use jitan::model::value::{Content, FieldValue, Personal, Provenance};
use jitan::ports::reader::{FormWithBlank, ReadError, Reader, Reading, Registration, Sheet, SheetOutcome};
use zeroize::Zeroizing;

/// Takes a JSON object of field names and texts for a page; `null` is a blank field.
pub struct GivenReader;

#[async_trait]
impl Reader for GivenReader {
    async fn read(&self, file: &[u8], forms: &[FormWithBlank]) -> Result<Reading, ReadError> {
        let given: BTreeMap<FieldName, Option<String>> = serde_json::from_slice(file).map_err(|error| {
            ReadError::Undecodable(message!("daemon.not-base64").with("why", error.classify() as u8))
        })?;
        let mut fields: Vec<FieldValue> = given
            .into_iter()
            .map(|(field, text)| {
                let content = text.map_or(Content::Blank, |text| Content::Written(Personal::new(text)));
                FieldValue::certain(field, content, Provenance::Given)
            })
            .collect();
        jitan::reading::decide::date::derive_groups(&forms[0].form.groups, &mut fields);
        let registration = Registration { ink_explained: 1.0, residual_mm: 0.0, turned_degrees: 0.0 };
        let outcome = SheetOutcome::Read { form: forms[0].form.name.clone(), registration, fields };
        let sheet = Sheet { page: 1, outcome, page_png: Zeroizing::new(Vec::new()), registered_png: None };
        Ok(Reading { sheets: vec![sheet], reader: "given".to_owned() })
    }
}
