//! Mouse and keys as from outside the page: the browser marks their events as trusted.

use headless_chrome::protocol::cdp::Input;
use headless_chrome::protocol::cdp::types::Method;

use super::connection::Connection;
use crate::ports::browser::BrowserError;

pub async fn point_at(connection: &Connection, session: &str, x: f64, y: f64) -> Result<(), BrowserError> {
    let moved = serde_json::json!({"type": "mouseMoved", "x": x, "y": y});
    call(connection, session, decoded::<Input::DispatchMouseEvent>(moved)?).await
}

/// Letters and digits come as keys; what no key bears (kana, kanji) comes as an input method gives it.
pub async fn type_keys(connection: &Connection, session: &str, text: &str) -> Result<(), BrowserError> {
    if text.is_empty() {
        return press(
            connection,
            session,
            serde_json::json!({"key": "Delete", "code": "Delete", "windowsVirtualKeyCode": 46}),
        )
        .await;
    }
    for c in text.chars() {
        if c == '\n' {
            let enter = serde_json::json!({"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"});
            press(connection, session, enter).await?;
        } else if c.is_ascii_graphic() || c == ' ' {
            let upper = u32::from(c.to_ascii_uppercase());
            // Only letters and digits have the code of their character.
            let code = if c.is_ascii_alphanumeric() || c == ' ' { upper } else { 0 };
            press(connection, session, serde_json::json!({"key": c, "text": c, "windowsVirtualKeyCode": code})).await?;
        } else {
            call(connection, session, Input::InsertText { text: c.to_string() }).await?;
        }
    }
    Ok(())
}

async fn press(connection: &Connection, session: &str, key: serde_json::Value) -> Result<(), BrowserError> {
    for kind in ["keyDown", "keyUp"] {
        let mut event = key.clone();
        event["type"] = kind.into();
        if kind == "keyUp"
            && let Some(event) = event.as_object_mut()
        {
            event.remove("text");
        }
        call(connection, session, decoded::<Input::DispatchKeyEvent>(event)?).await?;
    }
    Ok(())
}

/// A call by the fields it sets: the protocol's own type has twenty.
fn decoded<M: serde::de::DeserializeOwned>(fields: serde_json::Value) -> Result<M, BrowserError> {
    serde_json::from_value(fields).map_err(|e| BrowserError::Refused { what: format!("{:?}", e.classify()) })
}

async fn call<M: Method + serde::Serialize>(
    connection: &Connection,
    session: &str,
    call: M,
) -> Result<(), BrowserError> {
    connection.call(Some(session), &call).await.map(|_| ())
}
