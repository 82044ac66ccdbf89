//! Reading without paper: a file that holds the values themselves.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jitan::message;
use jitan::model::id::FieldName;
use jitan::model::record::RecordLayout;
use jitan::model::value::{Content, FieldValue, Personal, Provenance};
use jitan::ports::reader::{FormWithBlanks, Original, PagePicture, ReadError, Reader, Reading, Sheet, SheetOutcome};
use zeroize::Zeroizing;

/// Takes a JSON object of field names and texts for a page; `null` is a blank field.
pub struct GivenReader;

#[async_trait]
impl Reader for GivenReader {
    async fn read(&self, file: &[u8], forms: &[FormWithBlanks]) -> Result<Reading, ReadError> {
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
        let outcome = SheetOutcome::Read { form: forms[0].form.name.clone(), registration: None, fields };
        let page = PagePicture { png: Zeroizing::new(Vec::new()), registered: None };
        let original = Original::Paper { pages: vec![page], lines: Vec::new() };
        let sheet = Sheet { page: 1, outcome, original };
        Ok(Reading { sheets: vec![sheet], reader: "given".to_owned() })
    }

    async fn read_records(&self, file: &[u8], layout: &RecordLayout) -> Result<Reading, ReadError> {
        let mut sheets = Vec::new();
        let read = jitan::reading::records::read_rows(file, layout, |sheet| sheets.push(sheet));
        read.map_err(|error| ReadError::Undecodable(message!("daemon.not-base64").with("why", error)))?;
        Ok(Reading { sheets, reader: "given".to_owned() })
    }
}
